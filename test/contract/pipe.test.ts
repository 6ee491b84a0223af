import { checkContract } from "./contract.ts";
import { endsByItself } from "./endings.ts";
import { pipePlace } from "./places.ts";

checkContract("a connection over a child process's own pipe", {
  place: pipePlace,
  carriesHandles: false,
  isApart: true,
  endings: [endsByItself],
});

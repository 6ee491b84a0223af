import { checkContract } from "./contract.ts";
import { endsByItself } from "./endings.ts";
import { socketPlace } from "./places.ts";

checkContract("a connection over a Unix domain socket", {
  place: socketPlace,
  carriesHandles: false,
  isApart: true,
  endings: [endsByItself],
});

import { checkContract } from "./contract.ts";
import { endsByItself } from "./endings.ts";
import { memoryPlace } from "./places.ts";

checkContract("a connection over memory", {
  name: "memory",
  place: memoryPlace,
  carriesHandles: true,
  isApart: false,
  endings: [endsByItself],
});

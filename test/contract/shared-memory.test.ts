import { checkContract } from "./contract.ts";
import { endsByItself } from "./endings.ts";
import { sharedMemoryPlace } from "./places.ts";

checkContract("a connection over shared memory to a worker thread", {
  place: sharedMemoryPlace,
  carriesHandles: true,
  isApart: true,
  endings: [endsByItself],
});

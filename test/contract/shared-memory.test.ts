import { checkContract } from "./contract.ts";
import { threadEndings } from "./endings.ts";
import { sharedMemoryPlace } from "./places.ts";
import { startThread } from "./started.ts";

checkContract("a connection over shared memory to a worker thread", {
  name: "shared",
  place: sharedMemoryPlace,
  start: startThread(true),
  carriesHandles: true,
  isApart: true,
  endings: threadEndings,
});

import { checkContract } from "./contract.ts";
import { threadEndings } from "./endings.ts";
import { workerPlace } from "./places.ts";
import { wrapWorker } from "./started.ts";

checkContract("a connection over a MessagePort to a worker thread", {
  name: "worker",
  place: workerPlace,
  start: wrapWorker,
  carriesHandles: true,
  isApart: true,
  endings: threadEndings,
});

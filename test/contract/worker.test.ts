import { checkContract } from "./contract.ts";
import { threadEndings } from "./endings.ts";
import { workerPlace } from "./places.ts";

checkContract("a connection over a MessagePort to a worker thread", {
  place: workerPlace,
  carriesHandles: true,
  isApart: true,
  endings: threadEndings,
});

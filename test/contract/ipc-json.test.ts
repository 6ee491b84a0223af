import { checkContract } from "./contract.ts";
import { endsByItself, processEndings } from "./endings.ts";
import { ipcPlace } from "./places.ts";
import { forkProcess } from "./started.ts";

checkContract("a connection over a child process's IPC, serialization json", {
  name: "ipc-json",
  place: () => ipcPlace("json"),
  start: forkProcess("json"),
  onePerPlace: true,
  carriesHandles: false,
  isApart: true,
  endings: [endsByItself, ...processEndings],
});

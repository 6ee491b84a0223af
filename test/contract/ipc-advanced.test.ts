import { checkContract } from "./contract.ts";
import { processEndings } from "./endings.ts";
import { ipcPlace } from "./places.ts";

checkContract("a connection over a child process's IPC, serialization advanced", {
  place: () => ipcPlace("advanced"),
  carriesHandles: false,
  onePerPlace: true,
  isApart: true,
  endings: processEndings,
});

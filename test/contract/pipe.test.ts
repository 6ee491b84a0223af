import { checkContract } from "./contract.ts";
import { processEndings } from "./endings.ts";
import { pipePlace } from "./places.ts";
import { startProcess } from "./started.ts";

checkContract("a connection over a child process's own pipe", {
  name: "pipe",
  place: pipePlace,
  start: startProcess,
  carriesHandles: false,
  isApart: true,
  endings: processEndings,
});

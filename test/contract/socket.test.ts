import { checkContract } from "./contract.ts";
import { serverEndings } from "./endings.ts";
import { socketPlace } from "./places.ts";
import { connectSocket } from "./started.ts";

checkContract("a connection over a Unix domain socket", {
  name: "socket",
  place: socketPlace,
  start: connectSocket,
  carriesHandles: false,
  isApart: true,
  endings: serverEndings,
});

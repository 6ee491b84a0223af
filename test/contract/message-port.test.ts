import { checkContract } from "./contract.ts";
import { endsByItself } from "./endings.ts";
import { portPlace } from "./places.ts";

checkContract("a connection over a MessagePort within one thread", {
  name: "port",
  place: portPlace,
  carriesHandles: true,
  isApart: false,
  endings: [endsByItself],
});

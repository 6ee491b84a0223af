// The worker of many connections in ../nearcall/thread.mjs.

import { expose } from "nearcall";
import { acceptPorts } from "./accept-ports.mjs";
import * as api from "./nearcall.mjs";

acceptPorts((port) => expose(api, port));

// The worker of ../comlink.mjs.

import { expose, transfer } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { acceptPorts } from "./accept-ports.mjs";
import * as api from "./api.mjs";

const exposed = { ...api, move: (buffer) => transfer(buffer, [buffer]) };
acceptPorts((port) => expose(exposed, nodeEndpoint(port)));

// The child behind nearcall over a Unix domain socket.

import { listen } from "nearcall";
import * as api from "./nearcall.mjs";

const limits = { text: 64 * 2 ** 20, binary: 128 * 2 ** 20 };
await listen(api, { path: process.argv[2], limits });
process.send("ready");

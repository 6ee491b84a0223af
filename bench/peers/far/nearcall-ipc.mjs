// The child behind nearcall over Node's IPC channel.

import { expose } from "nearcall";
import * as api from "./nearcall.mjs";

expose(api, process);

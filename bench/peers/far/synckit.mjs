// The worker of ../synckit.mjs.

import { runAsWorker } from "synckit";
import * as api from "./api.mjs";

runAsWorker((method, ...args) => api[method](...args));

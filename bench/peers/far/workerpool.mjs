// The worker of ../workerpool.mjs.

import workerpool from "workerpool";
import { add, echo, fail, work } from "./api.mjs";

workerpool.worker({ add, echo, fail, work });

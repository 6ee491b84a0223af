// All rows, in the order in which they are shown.

import { blocking } from "./blocking.mjs";
import { connections } from "./connections.mjs";
import { pools } from "./pools.mjs";
import { processor } from "./processor.mjs";
import { smallCalls } from "./small-calls.mjs";
import { starting } from "./starting.mjs";
import { talkingBack } from "./talking-back.mjs";
import { values } from "./values.mjs";

/** @type {readonly import("../harness/types.mjs").Row[]} */
export const rows = [...smallCalls, ...values, ...talkingBack, ...starting, ...connections, ...processor, ...pools, ...blocking];

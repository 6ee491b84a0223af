// How does the cost of a call grow with the number of connections that are open, all in use?

import { ratePerSecond } from "../harness/sample.mjs";
import { callsAtOnce } from "./small-calls.mjs";

/** @typedef {import("../harness/types.mjs").Row} Row */

/** @type {readonly Row[]} */
export const connections = [1, 10, 100, 1_000].map((count) => over(count));

/** @returns {Row} */
function over(count) {
  return {
    id: `connections-${count}`,
    title: `1,000 calls in flight over ${count} connection${count === 1 ? "" : "s"} to one far side`,
    unit: "calls/s",
    better: "higher",
    kinds: ["thread", "socket"],
    wants: ({ startMany }) => startMany !== undefined,
    async measureAlone(peer, milliseconds) {
      const { running, stop } = await peer.startMany(count);
      try {
        return await ratePerSecond(() => callsAtOnce(running, 1_000), 1_000, milliseconds);
      } finally {
        await stop();
      }
    },
  };
}

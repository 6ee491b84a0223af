// What does it cost to import, to start, and to hold a connection that does nothing?

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** @typedef {import("../harness/types.mjs").Row} Row */

const run = promisify(execFile);
const program = (name) => fileURLToPath(new URL(name, import.meta.url));

/** @type {readonly Row[]} */
export const starting = [spawn(), importing(), memory()];

/** @returns {Row} */
function spawn() {
  return {
    id: "spawn",
    title: "from start to the first answer",
    unit: "ms",
    better: "lower",
    kinds: ["thread", "pool", "ipc", "process", "socket", "sync"],
    async measureAlone(peer) {
      const begin = performance.now();
      const running = await peer.start({ threads: 1 });
      if ((await running.add(2, 3)) !== 5) throw new Error("a wrong sum came back");
      const took = performance.now() - begin;
      await running.stop?.();
      return took;
    },
  };
}

/** @returns {Row} */
function importing() {
  return {
    id: "import",
    title: "import of the package",
    unit: "ms",
    better: "lower",
    kinds: ["thread", "pool", "sync"],
    wants: ({ module }) => module !== undefined,
    async measureAlone({ module }) {
      const { stdout } = await run(process.execPath, [program("./import-time.mjs"), module]);
      return Number(stdout);
    },
  };
}

/** @returns {Row} */
function memory() {
  return {
    id: "memory",
    title: "memory of an idle connection, both ends in one process",
    unit: "KiB",
    better: "lower",
    kinds: ["thread"],
    wants: ({ startMany }) => startMany !== undefined,
    async measureAlone({ name }) {
      const { stdout } = await run(process.execPath, ["--expose-gc", program("./idle-memory.mjs"), name]);
      return Number(stdout);
    },
  };
}

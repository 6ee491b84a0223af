// What the figures were measured on. Printed at the top of every output.

import { availableParallelism, cpus, platform, release, totalmem } from "node:os";

/** @returns {{ node: string, processor: string, cores: number, memory: string, system: string, date: string }} */
export function describeMachine() {
  return {
    node: process.version,
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release().split(".", 2).join(".")}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** One line of it, for a person. */
export function machineLine({ node, processor, cores, memory, system, date }) {
  return `Node ${node}, ${cores} cores of ${processor}, ${memory}, ${system}, ${date}`;
}

// What a process uses, seen from outside, so that one whose event loop is blocked is seen too. Linux only; elsewhere
// there is what the child reports itself.
import { readFileSync } from "node:fs";
import type { Vitals } from "./child.ts";

/** Bytes of a page, and clock ticks of a second, on all that Node runs on. */
const PAGE = 4_096;
const TICKS_PER_SECOND = 100;
/** A figure of a shorter time would be too coarse, in ms. */
const SHORTEST = 50;

export function memoryOfProcess(pid: number): Pick<Vitals, "memory"> | undefined {
  const fields = statOf(pid);
  return fields === undefined ? undefined : { memory: Number(fields[21]) * PAGE };
}

/** Processor time between one look and the next. */
export class CpuMeter {
  #at = 0;
  #ticks = 0;
  #last: number | undefined;

  measure(pid: number): Pick<Vitals, "cpu"> | undefined {
    const now = performance.now();
    if (now - this.#at < SHORTEST) return this.#last === undefined ? undefined : { cpu: this.#last };
    const fields = statOf(pid);
    if (fields === undefined) return undefined;
    const ticks = Number(fields[11]) + Number(fields[12]);
    const isFirst = this.#at === 0;
    const cpu = (ticks - this.#ticks) / TICKS_PER_SECOND / ((now - this.#at) / 1_000);
    this.#at = now;
    this.#ticks = ticks;
    if (isFirst) return undefined;
    this.#last = cpu;
    return { cpu };
  }
}

/** The fields of /proc/<pid>/stat after the name, which may have spaces and brackets in it. */
function statOf(pid: number): string[] | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

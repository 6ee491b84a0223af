// What another process of this machine is doing. Only Linux tells whether it is stopped.
import { readFileSync } from "node:fs";

export function processState(pid: number): "running" | "stopped" | "dead" | "unknown" {
  if (process.platform === "linux") return linuxState(pid);
  try {
    process.kill(pid, 0);
    return "running";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "dead" : "unknown";
  }
}

/** proc(5): the state is the first letter behind the name, which stands in parentheses and may contain some. */
function linuxState(pid: number): "running" | "stopped" | "dead" | "unknown" {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const state = stat[stat.lastIndexOf(")") + 2];
    if (state === "T" || state === "t") return "stopped";
    return state === "Z" || state === "X" ? "dead" : "running";
  } catch {
    // Gone, or of another process namespace, or hidden: only a peer that does not answer either is asked about.
    return "unknown";
  }
}

// What the probe in a supervised process or thread and its supervisor say to each other: lines of JSON with a
// process, messages with a thread.
import { farProgram } from "../node/far-program.ts";
import type { Vitals } from "./child.ts";

/** The environment variable that wakes the probe. It deletes it, so that processes started there do not inherit it. */
export const PROBE_MARKER = "NEARCALL_PROBE";

export interface ProbeMarker {
  /** The descriptor over which a process talks. */
  readonly fd?: number;
  /** The channel over which a thread does. */
  readonly channel?: string;
  /** What NODE_OPTIONS was before the probe was put there. */
  readonly nodeOptions?: string;
}

/** From the supervisor. */
export interface ProbeOrder {
  /** Ms between reports; 0: none. */
  readonly interval: number;
}

/** From the probe. The first one is empty: it listens. */
export interface ProbeReport {
  readonly vitals?: Vitals;
  /** The error that nothing caught. */
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string; readonly code?: string };
}

/** The environment of a child, with the probe in it. */
export function withProbe(env: Readonly<NodeJS.ProcessEnv>, where: Pick<ProbeMarker, "fd" | "channel">): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: nodeOptions } = env;
  const marker: ProbeMarker = { ...where, ...(nodeOptions !== undefined && { nodeOptions }) };
  return {
    ...env,
    NODE_OPTIONS: `${nodeOptions ?? ""} --import ${farProgram("supervisor/entry/probe").href}`.trim(),
    [PROBE_MARKER]: JSON.stringify(marker),
  };
}

/** An error that a process told of in its last moment. */
export function reviveError(record: NonNullable<ProbeReport["error"]>): Error {
  const error = new Error(record.message);
  const given = { name: record.name, ...(record.stack !== undefined && { stack: record.stack }) };
  for (const [name, value] of Object.entries(given)) Object.defineProperty(error, name, { value, configurable: true, writable: true });
  return record.code === undefined ? error : Object.assign(error, { code: record.code });
}

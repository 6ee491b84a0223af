// Sockets that a service manager opened before it started us, and left to us from descriptor 3 on
// (https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html).
import { RpcError } from "../core/errors.ts";

const FIRST = 3;

export interface Activated {
  readonly fd: number;
  /** Its `FileDescriptorName=`; empty when it has none, or was taken. */
  readonly name: string;
}

type Environment = Record<string, string | undefined>;

/** The sockets that were left for the process `pid`. */
export function activatedSockets(environment: Environment, pid: number): Activated[] {
  // Else they are somebody else's: our parent's, who did not clean up.
  if (environment["LISTEN_PID"] !== String(pid)) return [];
  const count = Number(environment["LISTEN_FDS"]);
  if (!Number.isSafeInteger(count) || count < 1) return [];
  const names = (environment["LISTEN_FDNAMES"] ?? "").split(":");
  return Array.from({ length: count }, (_, index) => ({ fd: FIRST + index, name: names[index] ?? "" }));
}

const TAKEN = "nearcall-taken";

/**
 * Takes one of them: the first, or that of the given name; undefined when no service manager started us. The
 * variables are removed with the last one, so that no child takes them for its own.
 *
 * @throws RpcError `ERR_ACTIVATION` sockets were left, but not this one
 */
export function takeActivated(which: true | string, environment: Environment, pid: number): number | undefined {
  const sockets = activatedSockets(environment, pid);
  if (sockets.length === 0) return undefined;
  const left = sockets.filter(({ name }) => name !== TAKEN);
  const taken = which === true ? left[0] : left.find(({ name }) => name === which);
  if (taken === undefined) {
    const names = left.map(({ name }) => name || "one without a name").join(", ");
    throw new RpcError(
      "ERR_ACTIVATION",
      `The service manager left no socket ${which === true ? "that is free" : `named "${which}"`}; it left: ${names || "none that is free"}. See FileDescriptorName= of its socket unit`,
    );
  }
  if (left.length === 1) {
    for (const name of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) delete environment[name];
  } else {
    environment["LISTEN_FDNAMES"] = sockets.map(({ fd, name }) => (fd === taken.fd ? TAKEN : name)).join(":");
  }
  return taken.fd;
}

// Ends child processes that their parent left behind, those too whose event loop is blocked and which therefore do not see
// that it is gone. One small shell for all children of this process waits at the end of a pipe; when the pipe
// closes, however this process ended, it kills who is left. A watching thread in each child was measured at 8 MB and
// 30 ms of processor time a child; the shell takes 0.1 MB in all, and none.
import type { ChildProcess } from "node:child_process";
import { nodeHost } from "../node/host.ts";
import { childProcess } from "../node/seldom.ts";

/** The child `pid` is killed soon after this process has ended. What it answers takes that back; to be called when the child has exited. */
export function guardAgainstOrphan(pid: number): () => void {
  // On Windows the system itself ends children that are not detached.
  if (process.platform === "win32") return () => {};
  guard.add(pid);
  return () => guard.remove(pid);
}

/** Those that are not blocked end by themselves meanwhile. POSIX knows whole seconds only. */
const PATIENCE = "sleep 0.4 2>/dev/null || sleep 1";

export const GUARD_SCRIPT: string = `trap '' HUP INT QUIT TERM
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
[ "$pids" = ' ' ] && exit
${PATIENCE}
kill -KILL $pids`;

/** A guard that somebody killed is replaced; one that cannot live is not started for ever. */
const MOST_REPLACEMENTS = 10;

class OrphanGuard {
  readonly #pids = new Set<number>();
  #replacements = 0;
  #shell: ChildProcess | undefined;

  add(pid: number): void {
    this.#pids.add(pid);
    if (this.#shell === undefined) this.#start();
    else this.#shell.stdin!.write(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    if (!this.#pids.delete(pid)) return;
    if (this.#pids.size !== 0) {
      this.#shell?.stdin!.write(`- ${pid}\n`);
      return;
    }
    this.#shell?.stdin!.end(`- ${pid}\n`);
    this.#shell = undefined;
  }

  #start(): void {
    // A group of its own: what ends this process by its group must not end the guard.
    const shell = childProcess().spawn("/bin/sh", ["-c", GUARD_SCRIPT, "nearcall-orphan-guard"], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
      env: { PATH: process.env.PATH },
    });
    this.#shell = shell;
    const replace = (): void => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      this.#replacements += 1;
      if (this.#pids.size !== 0 && this.#replacements <= MOST_REPLACEMENTS) this.#start();
    };
    shell.on("error", (error) => {
      // With the next child it is tried again.
      this.#shell = undefined;
      nodeHost.warn(
        `Child processes may outlive this one if it is killed while they are busy: /bin/sh could not be started (${error.message}).`,
        "NEARCALL_ORPHANS",
      );
    });
    shell.on("exit", replace);
    // Its end is told by 'exit'.
    shell.stdin.on("error", () => {});
    shell.unref();
    (shell.stdin as unknown as { unref(): void }).unref();
    for (const pid of this.#pids) shell.stdin.write(`+ ${pid}\n`);
  }
}

const guard = new OrphanGuard();

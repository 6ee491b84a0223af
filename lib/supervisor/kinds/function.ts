// A child that is a function of this process: whatever it starts, it says how to stop it.
import type { ChildKind, Running, StartContext } from "../child.ts";
import type { Exit } from "../exit-report.ts";
import type { FunctionStart, StartedByFunction } from "../spec.ts";

export function functionKind(start: FunctionStart): ChildKind {
  return {
    type: "worker",
    name: "function",
    overlaps: true,
    async start(context) {
      const { id, signal, args, restarts, state } = context;
      const started = await start({ id, signal, args, restarts, state });
      return started === "ignore" ? "ignore" : runFunction(started ?? {}, context);
    },
  };
}

function runFunction(started: StartedByFunction, _context: StartContext): Running {
  let end!: (exit: Exit) => void;
  const exited = new Promise<Exit>((resolve) => (end = resolve));
  started.exited?.then(
    () => end({ kind: "exit", code: 0 }),
    (error: unknown) => end({ kind: "crash", error }),
  );
  return {
    exited,
    stop(how) {
      // Nothing here can end code of this process by force: after "kill" it counts as ended.
      if (how === "kill") queueMicrotask(() => end({ kind: "killed" }));
      stopping(started, how).then(
        () => end({ kind: "exit", code: 0 }),
        (error: unknown) => end({ kind: "crash", error }),
      );
    },
  };
}

async function stopping(started: StartedByFunction, how: "ask" | "kill"): Promise<void> {
  await started.stop?.(how);
}

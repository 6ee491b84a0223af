// A child that is a function of this process: whatever it starts, it says how to stop it.
import type { CheckedChild } from "../checked-spec.ts";
import type { ChildKind, Running } from "../child.ts";
import type { Exit } from "../exit-report.ts";
import type { FunctionStart, StartedByFunction } from "../spec.ts";
import { type InProcessSession, sessionTo } from "./in-process.ts";
import { prepareOrEnd } from "./prepare.ts";

export function functionKind(start: FunctionStart, spec: CheckedChild): ChildKind {
  return {
    type: "worker",
    name: "function",
    overlaps: true,
    async start(context) {
      const { id, signal, args, restarts } = context;
      const state = await context.takeState();
      const started = (await start({ id, signal, args, restarts, state })) ?? {};
      if (started === "ignore") return "ignore";
      const { api } = started;
      try {
        if (api === undefined && spec.init !== undefined) throw new Error(`It gives no api, so its member "${spec.init}" cannot be called`);
        const calls = api === undefined ? undefined : await sessionTo(api, id);
        // It was given the state when it was called.
        if (calls === undefined || !(await prepareOrEnd(calls, spec, { ...context, takeState: () => Promise.resolve(undefined) })))
          return runFunction(started, calls);
      } catch (error) {
        await started.stop?.("kill");
        throw error;
      }
      await started.stop?.("ask");
      return "ignore";
    },
  };
}

function runFunction(started: StartedByFunction, calls: InProcessSession | undefined): Running {
  let resolve!: (exit: Exit) => void;
  const exited = new Promise<Exit>((onEnd) => (resolve = onEnd));
  const end = (exit: Exit): void => {
    void Promise.resolve(calls?.end(exit.kind === "crash" ? "it failed" : "it ended")).then(() => resolve(exit));
  };
  const settle = (task: PromiseLike<unknown>): void =>
    void task.then(
      () => end({ kind: "exit", code: 0 }),
      (error: unknown) => end({ kind: "crash", error }),
    );
  if (started.exited !== undefined) settle(started.exited);
  return {
    exited,
    session: calls?.session,
    stop(how) {
      // Nothing can end code of this process by force: after "kill" it counts as ended.
      if (how === "kill") queueMicrotask(() => end({ kind: "killed" }));
      settle(stopping(started, calls, how));
    },
  };
}

async function stopping(started: StartedByFunction, calls: InProcessSession | undefined, how: "ask" | "kill"): Promise<void> {
  if (how === "ask") await calls?.session.close();
  await started.stop?.(how);
}

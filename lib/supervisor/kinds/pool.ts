// A child that is a pool. Its workers are the pool's own to keep; the supervisor sees to the pool as a whole.
import type { CloseReason } from "../../core/connection.ts";
import { createPool } from "../../pool/create-pool.ts";
import type { CheckedChild } from "../checked-spec.ts";
import type { ChildKind } from "../child.ts";
import type { Exit } from "../exit-report.ts";
import type { PoolStart } from "../spec.ts";
import { sessionTo } from "./in-process.ts";
import { orAborted } from "./polite.ts";
import { prepare } from "./prepare.ts";

export function poolKind(start: PoolStart, spec: CheckedChild): ChildKind {
  return {
    type: "worker",
    name: "pool",
    overlaps: true,
    async start(context) {
      const { id, signal, output } = context;
      const pool = await createPool(start.pool, start.options);
      // Failures of single workers, which the pool heals.
      pool.on("error", (error) => output("stderr", `${String(error)}\n`));
      let stopped: "no" | "asked" | "killed" = "no";
      const { session, end } = await sessionTo(pool.remote as object, id);
      const isReady = async (): Promise<boolean> => {
        await pool.ready;
        return !(await prepare(session, spec, context));
      };
      const giveUp = async (): Promise<void> => {
        pool.destroy("not ready");
        await Promise.all([pool.closed, end("not ready")]);
      };
      try {
        if (!(await orAborted(signal, isReady()))) {
          await giveUp();
          return "ignore";
        }
      } catch (error) {
        await giveUp();
        throw error;
      }
      const exited = pool.closed.then(async (reason) => {
        await end(reason.reason);
        return exitOf(reason, stopped);
      });
      return {
        exited,
        session,
        stop(how) {
          stopped = how === "kill" ? "killed" : "asked";
          if (how === "kill") pool.destroy("killed by its supervisor");
          else void session.close().then(() => pool.close());
        },
      };
    },
  };
}

function exitOf({ reason, cause }: CloseReason, stopped: "no" | "asked" | "killed"): Exit {
  if (stopped === "asked") return { kind: "exit", code: 0 };
  return { kind: stopped === "killed" ? "killed" : "crash", error: cause ?? new Error(reason) };
}

// A child that is a socket server of this process. There is one owner of a socket's name, so it cannot exist twice.
import type { Api } from "../../socket/admission.ts";
import { listen } from "../../socket/listen.ts";
import type { CheckedChild } from "../checked-spec.ts";
import type { ChildKind } from "../child.ts";
import type { Exit } from "../exit-report.ts";
import type { ListenStart } from "../spec.ts";
import { sessionTo } from "./in-process.ts";
import { prepareOrEnd } from "./prepare.ts";

export function listenKind({ listen: where, api }: ListenStart, spec: CheckedChild): ChildKind {
  return {
    type: "worker",
    name: "listen",
    overlaps: false,
    async start(context) {
      // An object per connection is nobody's to call from here.
      const calls = typeof api === "function" ? undefined : await sessionTo(api, context.id);
      if (calls !== undefined && (await prepareOrEnd(calls, spec, context))) return "ignore";
      const server = await listen(api as Api, where).catch(async (error: unknown) => {
        await calls?.end("not ready");
        throw error;
      });
      let resolve!: (exit: Exit) => void;
      const exited = new Promise<Exit>((onEnd) => (resolve = onEnd));
      let isAsked = false;
      server.on("close", () => {
        const exit: Exit = isAsked
          ? { kind: "exit", code: 0 }
          : { kind: "crash", error: new Error("The server was closed from elsewhere") };
        void Promise.resolve(calls?.end("the server closed")).then(() => resolve(exit));
      });
      return {
        exited,
        session: calls?.session,
        stop(how) {
          isAsked = true;
          if (how === "ask") void server.close();
          else void server.drain(0);
        },
      };
    },
  };
}

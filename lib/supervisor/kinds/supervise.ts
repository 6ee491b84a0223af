// A child that is a supervisor: a tree. It ends cleanly when it is closed or shut itself down, and as a crash
// when it gave up, so that its own supervisor deals with that.
import type { ChildKind } from "../child.ts";
import { checkSpec } from "../check-spec.ts";
import { createSupervisor, type KindSurroundings, type SupervisorParts } from "../create-supervisor.ts";
import type { SuperviseStart } from "../spec.ts";

export interface SuperviseKindParts {
  readonly surroundings: KindSurroundings;
  readonly parts: Omit<SupervisorParts, "above" | "onEvents">;
}

export function superviseKind({ supervise }: SuperviseStart, { surroundings, parts }: SuperviseKindParts): ChildKind {
  const checked = checkSpec(supervise);
  return {
    type: "supervisor",
    name: "supervise",
    overlaps: false,
    async start({ id, signal }) {
      const spec = supervise.name === undefined ? { ...checked, name: id } : checked;
      const above = surroundings.path;
      const supervisor = await createSupervisor(spec, { ...parts, above, signal, onEvent: (event) => surroundings.events.pass(event) });
      const exited = supervisor.ended.then(({ error }) =>
        error === undefined ? ({ kind: "exit", code: 0 } as const) : ({ kind: "crash", error } as const),
      );
      return { exited, stop: () => void supervisor.close(), supervisor, signal: (name) => supervisor.signal(name) };
    },
  };
}

// From a spec to what it starts.
import type { CheckedChild } from "../checked-spec.ts";
import type { ChildKind } from "../child.ts";
import type { KindSurroundings, SupervisorParts } from "../create-supervisor.ts";
import { functionKind } from "./function.ts";
import { listenKind } from "./listen.ts";
import { poolKind } from "./pool.ts";
import { processKind } from "./process.ts";
import { superviseKind } from "./supervise.ts";
import { threadKind } from "./thread.ts";

export function createKind(spec: CheckedChild, surroundings: KindSurroundings, parts: SupervisorParts): ChildKind {
  const { start } = spec;
  if (typeof start === "function") return functionKind(start, spec);
  if ("process" in start) return processKind(start, spec);
  if ("thread" in start) return threadKind(start, spec);
  if ("pool" in start) return poolKind(start, spec);
  if ("listen" in start) return listenKind(start, spec);
  return superviseKind(start, { surroundings, parts });
}

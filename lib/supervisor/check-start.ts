// Checks what a child is: exactly one kind, with what that kind needs. A nested supervisor's spec is checked with
// its parent's, before anything starts.
import { SpecError } from "./errors.ts";
import { Fields, show } from "./fields.ts";
import type { ChildStart } from "./spec.ts";

const KINDS = ["process", "thread", "pool", "listen", "supervise"] as const;

/** `checkNested` checks the spec of a supervisor beneath. */
export function checkStart(
  fields: Fields,
  checkNested: (given: unknown, path: string) => unknown,
): { readonly start: ChildStart; readonly type: "worker" | "supervisor" } {
  const given = fields.take("start");
  if (given === undefined) fields.fail("start", "is missing");
  if (typeof given === "function") return { start: given as ChildStart, type: "worker" };
  const path = fields.at("start");
  const start = new Fields(given, path);
  const found = KINDS.filter((kind) => start.has(kind));
  const [kind] = found;
  if (kind === undefined) throw new SpecError(path, `must be a function, or have one of ${KINDS.join(", ")}`);
  if (found.length > 1) throw new SpecError(path, `must be of one kind, and is of ${found.length}: ${found.join(", ")}`);
  switch (kind) {
    case "process":
    case "thread":
    case "pool":
      checkModule(start, kind);
      if (start.has("options")) new Fields(start.take("options"), start.at("options"));
      break;
    case "listen":
      if (typeof start.take("listen") !== "string") new Fields(start.take("listen"), start.at("listen"));
      if (!isApi(start.take("api"))) start.fail("api", `must be an object or a function, not ${show(start.take("api"))}`);
      break;
    case "supervise":
      checkNested(start.take("supervise"), start.at("supervise"));
      break;
  }
  start.done();
  return { start: given as ChildStart, type: kind === "supervise" ? "supervisor" : "worker" };
}

function checkModule(start: Fields, kind: string): void {
  const module = start.take(kind);
  if (module instanceof URL || (typeof module === "string" && module !== "")) return;
  start.fail(kind, `must be a module's URL or path, not ${show(module)}`);
}

function isApi(value: unknown): boolean {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}

// `supervise`: checks a spec and starts what it says.
import { nodeHost } from "../node/host.ts";
import { checkSpec } from "./check-spec.ts";
import { nodeClock } from "./clock.ts";
import { createSupervisor, type SupervisorParts } from "./create-supervisor.ts";
import { createKind } from "./kinds/create-kind.ts";
import type { SupervisorSpec } from "./spec.ts";
import type { Supervisor } from "./supervisor.ts";

const parts: SupervisorParts = {
  clock: nodeClock,
  random: Math.random,
  createKind: (spec, surroundings) => createKind(spec, surroundings, parts),
  onError: (error) => nodeHost.warn(`A listener of a supervisor threw: ${String(error)}`, "NEARCALL_LISTENER"),
};

/**
 * Starts children and keeps them alive, by the rules of Erlang/OTP's supervisors. Resolves when all first children
 * are ready.
 *
 * @throws SpecError if the spec is wrong, `field` says where: nothing was started
 * @throws ChildStartError if a first child does not start: those before it are stopped again
 *
 * @example
 * await using tree = await supervise({
 *   children: [
 *     { id: "store", start: { process: new URL("./store.js", import.meta.url) }, backoff: true },
 *     { id: "hash", start: { thread: new URL("./hash.js", import.meta.url) }, instances: 2 },
 *   ],
 * });
 * await tree.remote<typeof import("./store.js")>("store").put("a", 1);
 */
export async function supervise(spec: SupervisorSpec): Promise<Supervisor> {
  return await createSupervisor(checkSpec(spec), parts);
}

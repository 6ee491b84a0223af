// What a supervisor shows of itself to other programs, over a socket for instance: the tree, its events, and the
// commands that an operator gives.
import type { SupervisorAdmin } from "./admin-api.ts";
import { listen } from "../socket/listen.ts";
import type { ListenOptions, Server } from "../socket/server.ts";
import { RefusedError } from "./errors.ts";
import type { SupervisorEvent } from "./events.ts";
import type { Supervisor } from "./supervisor.ts";

const SHORTEST_INTERVAL = 100;
/** Those who watch are given so long to see the end, in ms. */
const LAST_LOOK = 1_000;

/** Serves `admin` until the supervisor has ended and those who watch have seen that; `over` resolves then. */
export async function serveAdmin(
  root: Supervisor,
  where: string | ListenOptions,
): Promise<{ readonly server: Server; readonly over: Promise<void> }> {
  let watchers = 0;
  const onWatch = (): (() => void) => {
    watchers += 1;
    return () => void (watchers -= 1);
  };
  const server = await listen(createAdmin(root, onWatch), where);
  // It shows what there is, and is no reason to stay.
  server.unref();
  const over = root.ended.then(async () => {
    for (let waited = 0; watchers > 0 && waited < LAST_LOOK; waited += STEP) await wait(STEP);
    // What they were given last is on its way.
    await wait(STEP);
    await server.close();
  });
  return { server, over };
}

const STEP = 10;

/** @param onWatch called when somebody begins to watch; what it returns, when they have done */
export function createAdmin(root: Supervisor, onWatch: () => () => void = () => () => {}): SupervisorAdmin {
  return {
    tree: () => root.tree(),
    async *watch(interval = 1_000) {
      const ms = Math.max(SHORTEST_INTERVAL, interval);
      const stop = root.watchVitals(ms);
      const done = onWatch();
      try {
        while (root.state === "running" || root.state === "ending") {
          yield root.tree();
          await Promise.race([wait(ms), root.ended]);
        }
        yield root.tree();
      } finally {
        stop();
        done();
      }
    },
    async *events() {
      const done = onWatch();
      try {
        for await (const event of root.events()) yield withoutErrors(event);
      } finally {
        done();
      }
    },
    async restart(path) {
      const { supervisor, id } = find(root, path);
      await supervisor.restart(id);
    },
    async reload(path) {
      const { supervisor, id } = find(root, path);
      await supervisor.reload(id);
    },
    async stop(path) {
      const { supervisor, id } = find(root, path);
      await supervisor.stop(id);
    },
  };
}

/** The supervisor that a path leads to, and the child's id there. */
function find(root: Supervisor, path: string): { readonly supervisor: Supervisor; readonly id: string } {
  const ids = path.split("/");
  const id = ids.pop() ?? "";
  let supervisor = root;
  for (const above of ids) {
    const below = supervisor.supervisor(above);
    if (below === undefined)
      throw new RefusedError("ERR_CHILD_UNKNOWN", `There is no supervisor "${above}" running under "${supervisor.name}"`);
    supervisor = below;
  }
  return { supervisor, id };
}

/** What nobody knows how to send is left out. */
function withoutErrors(event: SupervisorEvent): SupervisorEvent {
  const { error, report } = event as { error?: unknown; report?: { lastError?: unknown } };
  return {
    ...event,
    ...(error !== undefined && { error: messageOf(error) }),
    ...(report !== undefined && {
      report: { ...report, lastError: report.lastError === undefined ? undefined : messageOf(report.lastError) },
    }),
  } as SupervisorEvent;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// What a supervisor shows and lets others do, over its socket.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Connection } from "../../lib/core/connection.ts";
import { connect } from "../../lib/socket/connect.ts";
import type { SupervisorAdmin } from "../../lib/supervisor/admin-api.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import type { TreeNode } from "../../lib/supervisor/tree-node.ts";
import { next, Started, worker, type WorkerModule } from "./real.ts";

const started = new Started();
const connections: Connection<SupervisorAdmin>[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  await started.end();
});

let sockets = 0;
async function adminOf(supervisor: Supervisor): Promise<Connection<SupervisorAdmin>> {
  const { path } = await supervisor.serve(join(tmpdir(), `nearcall-admin-${process.pid}-${++sockets}.sock`));
  const connection = await connect<SupervisorAdmin>(path);
  connections.push(connection);
  return connection;
}

describe("the admin object", () => {
  test("watches: figures of processes and threads come while somebody reads, and not after", async () => {
    const supervisor = await started.supervise({
      children: [
        { id: "p", start: { process: worker } },
        { id: "sub", start: { supervise: { children: [{ id: "t", start: { thread: worker } }] } } },
      ],
    });
    const { remote } = await adminOf(supervisor);
    await supervisor.remote<WorkerModule>("p").add(1, 1);
    let last: TreeNode | undefined;
    for await (const tree of remote.watch(100)) {
      last = tree;
      const [p, sub] = tree.children;
      if (p?.lag !== undefined && sub?.children[0]?.lag !== undefined && p.cpu !== undefined) break;
    }
    const [p, sub] = last?.children ?? [];
    expect(p).toMatchObject({ path: "p", memory: expect.any(Number) as number, calls: { total: 1 } });
    expect(sub?.children[0]).toMatchObject({ path: "sub/t", kind: "thread", memory: expect.any(Number) as number });
    // The end of the loop reaches each of them a moment later.
    const lagsOf = ({ children: [p, sub] }: TreeNode): unknown[] => [p?.lag, sub?.children[0]?.lag];
    await vi.waitUntil(async () => lagsOf(await remote.tree()).every((lag) => lag === undefined), { timeout: 10_000 });
  });

  test("tells events, those of supervisors beneath too, with errors as text", async () => {
    const supervisor = await started.supervise({
      name: "root",
      children: [{ id: "sub", start: { supervise: { children: [{ id: "t", start: { thread: worker }, output: "ignore" }] } } }],
    });
    const { remote } = await adminOf(supervisor);
    const events = remote.events()[Symbol.asyncIterator]();
    const first = events.next();
    await remote.tree();
    await supervisor.supervisor("sub")?.remote<WorkerModule>("t").throwLater();
    const { value } = await first;
    expect(value).toMatchObject({
      type: "exited",
      supervisor: "root/sub",
      id: "t",
      report: { kind: "crash", lastError: "nobody catches this" },
    });
    await events.return?.(undefined);
  });

  test("shows the end, and goes with the supervisor", async () => {
    const supervisor = await started.supervise({ children: [{ id: "a", start: () => undefined }] });
    const { remote, closed } = await adminOf(supervisor);
    const states: string[] = [];
    for await (const { state } of remote.watch(100)) {
      states.push(state);
      if (states.length === 1) void supervisor.close();
    }
    expect(states[0]).toBe("running");
    expect(states.at(-1)).toBe("ended");
    await closed;
  });

  test("is exposed by other means as well", async () => {
    const supervisor = await started.supervise({ children: [{ id: "a", start: () => undefined }] });
    await supervisor.admin.stop("a");
    expect(supervisor.admin.tree().children[0]).toMatchObject({ id: "a", state: "stopped" });
    const ready = next(supervisor, "ready", "a");
    await supervisor.admin.restart("a");
    await ready;
  });
});

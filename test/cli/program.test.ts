// The `nearcall` program against a supervisor that is served on a socket.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { run } from "../../lib/cli/run.ts";
import type { Supervisor } from "../../lib/supervisor/supervisor.ts";
import type { TreeNode } from "../../lib/supervisor/tree-node.ts";
import { Started } from "../supervisor/real.ts";

const started = new Started();
afterEach(() => started.end());
let sockets = 0;

class Screen extends Writable {
  text = "";
  isTTY?: boolean;
  columns = 120;
  rows = 30;
  readonly #waiting = new Set<() => void>();

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
    for (const look of this.#waiting) look();
  }

  /** Resolves when what matches was written since the last call. */
  async until(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!pattern.test(stripVTControlCharacters(this.text))) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
    this.text = "";
  }
}

async function served(): Promise<{ supervisor: Supervisor; socket: string }> {
  const supervisor = await started.supervise({
    name: "shop",
    children: [
      { id: "web", start: () => ({ api: { hello: () => "hello" } }), instances: 2 },
      { id: "jobs", start: { supervise: { strategy: "dynamic", template: { id: "mail", start: () => undefined } } } },
    ],
  });
  await supervisor.supervisor("jobs")?.add();
  await supervisor.remote<{ hello(): string }>("web").hello();
  const socket = join(tmpdir(), `nearcall-cli-${process.pid}-${++sockets}.sock`);
  await supervisor.serve(socket);
  return { supervisor, socket };
}

async function type(...argv: string[]): Promise<{ code: number; output: string; errors: string }> {
  const output = new Screen();
  const errors = new Screen();
  const code = await run(argv, { input: new PassThrough(), output, errors });
  return { code, output: output.text, errors: errors.text };
}

describe("nearcall tree", () => {
  test("prints the tree, with --json as data", async () => {
    const { socket } = await served();
    const { code, output } = await type("tree", socket);
    expect(code).toBe(0);
    expect(output.split("\n").map((line) => line.slice(0, 12).trimEnd())).toEqual([
      "CHILD",
      "shop",
      "├─ web#1",
      "├─ web#2",
      "└─ jobs",
      "   └─ mail#1",
      "",
    ]);
    const tree = JSON.parse((await type("tree", socket, "--json")).output) as TreeNode;
    expect(tree).toMatchObject({ id: "shop", path: "", kind: "supervise", strategy: "one-for-one", state: "running", pid: process.pid });
    expect(tree.children[0]).toMatchObject({
      id: "web#1",
      path: "web#1",
      kind: "function",
      state: "running",
      calls: { total: 1, waiting: 0 },
    });
    expect(tree.children[2]?.children[0]).toMatchObject({ id: "mail#1", path: "jobs/mail#1" });
  });
});

describe("commands", () => {
  test("restart, reload and stop reach the child, further below too", async () => {
    const { supervisor, socket } = await served();
    expect(await type("stop", socket, "web#2")).toEqual({ code: 0, output: "", errors: "" });
    expect(supervisor.child("web#2")?.state).toBe("stopped");
    await type("restart", socket, "web#2");
    expect(supervisor.child("web#2")?.state).toBe("running");
    await type("reload", socket, "web");
    expect(supervisor.count().active).toBe(3);
    await type("restart", socket, "jobs/mail#1");
    expect(supervisor.supervisor("jobs")?.child("mail#1")?.restarts).toBe(1);
    await type("stop", socket, "jobs/mail#1");
    expect(supervisor.supervisor("jobs")?.children()).toEqual([]);
  });

  test("what cannot be done is said, with exit code 1", async () => {
    const { socket } = await served();
    expect(await type("stop", socket, "nobody")).toMatchObject({ code: 1, errors: 'nearcall: "shop" has no child "nobody"\n' });
    expect(await type("stop", socket, "web/nobody")).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/no supervisor "web" running/u) as string,
    });
    const { code, errors } = await type("tree", join(tmpdir(), "nearcall-nobody-listens.sock"));
    expect(code).toBe(1);
    expect(errors).toMatch(/^nearcall: Cannot connect/u);
  });

  test("what is typed wrongly is said with the help, with exit code 2", async () => {
    const { code, errors } = await type("tops");
    expect(code).toBe(2);
    expect(errors).toMatch(/There is no command "tops"[^]*Usage: nearcall/u);
    expect((await type("--help")).output).toMatch(/^Usage: nearcall/u);
    expect((await type("--version")).output).toMatch(/^\d+\.\d+\.\d+\n$/u);
  });
});

describe("nearcall top", () => {
  test("draws once where there is no terminal, and when told to", async () => {
    const { socket } = await served();
    expect((await type("top", socket)).output.split("\n")[1]).toMatch(/^shop +one-for-one +running/u);
    expect((await type("top", socket, "--once")).output.split("\n")).toHaveLength(7);
  });

  test("draws again and again, obeys keys, and ends with q", async () => {
    const { supervisor, socket } = await served();
    const input = new PassThrough();
    const output = new Screen();
    output.isTTY = true;
    const running = run(["top", socket, "--interval", "100"], { input, output, errors: new Screen() });
    await output.until(/shop +one-for-one +running/u);
    input.write("j");
    input.write("s");
    await output.until(/stop web#1\? y\/n/u);
    input.write("y");
    await output.until(/web#1 +function +stopped/u);
    expect(supervisor.child("web#1")?.state).toBe("stopped");
    input.write("q");
    expect(await running).toBe(0);
  });

  test("ends when the supervisor does", async () => {
    const { supervisor, socket } = await served();
    const output = new Screen();
    output.isTTY = true;
    const running = run(["top", socket, "--interval", "100"], { input: new PassThrough(), output, errors: new Screen() });
    await output.until(/web#2 +function +running/u);
    await supervisor.close();
    expect(await running).toBe(0);
  });

  test("costs nothing when nobody looks: children report only meanwhile", async () => {
    const { socket } = await served();
    const tree = JSON.parse((await type("tree", socket, "--json")).output) as TreeNode;
    expect(tree.children.every(({ lag }) => lag === undefined)).toBe(true);
  });
});

test("the installed program runs, and leaves no process behind", async () => {
  const main = fileURLToPath(new URL("../../dist/bundle/cli/main.js", import.meta.url));
  const { socket } = await served();
  const child = spawn(process.execPath, [main, "tree", socket], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(0);
  expect(output).toMatch(/shop +one-for-one +running/u);
});

// What is special about child processes: what of Node's spawn the module sees, how one ends, what of it is inherited.
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { PeerLostError } from "../../lib/core/errors.ts";
import { child, exitOf, expectLost, fixture, isAlive, makePending, MODULE } from "./fixture.ts";

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "nearcall-")));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

describe("a spawned module finds", () => {
  it("its argv, execArgv, working directory and environment, and nothing of ours in them", async () => {
    const cwd = folder();
    const options = { argv: ["--fast", "2"], execArgv: ["--no-warnings"], cwd: pathToFileURL(cwd), env: { COLOUR: "red" } };
    const { remote, pid } = await child(MODULE, options);
    expect(await remote.started()).toMatchObject({ pid, argv: ["--fast", "2"], execArgv: ["--no-warnings"], cwd, env: { COLOUR: "red" } });
    expect(Object.keys((await remote.started()).env)).toEqual(["COLOUR"]);
  });

  it("this process's environment and options, when none are given", async () => {
    process.env.NEARCALL_TEST = "inherited";
    onTestFinished(() => void delete process.env.NEARCALL_TEST);
    const { env, execArgv } = await (await child()).remote.started();
    expect(env.NEARCALL_TEST).toBe("inherited");
    expect(execArgv).toContain("--expose-gc");
  });
});

it("gives its standard output to whoever asks for it, and takes what is given for one of three", async () => {
  const source = "export const say = (word) => { console.log(word); console.error(word); };";
  const module = `data:text/javascript,${encodeURIComponent(source)}`;
  const connection = await child<{ say(word: string): void }>(module, { stdio: ["ignore", "pipe", "pipe"] });
  const printed = Promise.all([text(connection.child.stdout!), text(connection.child.stderr!)]);
  await connection.remote.say("to the parent");
  await connection.close();
  expect(await printed).toEqual(["to the parent\n", "to the parent\n"]);
  expect(connection.child.stdin).toBeNull();
});

describe("what its children inherit", () => {
  interface Grandparent {
    environmentOfChild(): string[];
    descriptorsOfChild(): string[];
    spawnGrandchild(): Promise<[pid: number, sum: number]>;
  }

  it("has neither the marker nor the pipe, so that they are not taken for spawned ones", async () => {
    const { remote } = await child<Grandparent>(fixture("spawn-grandchild"), { execArgv: [] });
    expect((await remote.environmentOfChild()).filter((name) => name.startsWith("NEARCALL"))).toEqual([]);
    // `ls` itself has 0 to 2, and the folder that it lists.
    const descriptors = (await remote.descriptorsOfChild()).map(Number).filter((fd) => fd === 3 || fd === 4);
    expect(descriptors.length).toBeLessThanOrEqual(1);
  });

  it("does not keep it from spawning with nearcall itself", async () => {
    const connection = await child<Grandparent>(fixture("spawn-grandchild"), { exitTimeout: 100 });
    const [pid, sum] = await connection.remote.spawnGrandchild();
    expect(sum).toBe(3);
    expect(isAlive(pid)).toBe(true);
    await connection.close();
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

describe("loses 1,000 pending calls within 100 ms, each with the signal,", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGSEGV"] as const)("when it is ended by %s", async (signal) => {
    const connection = await child();
    const pending = await makePending(connection.remote);
    const exited = exitOf(connection);
    process.kill(connection.pid, signal);
    const reason = `the process was killed by ${signal}`;
    for (const error of await expectLost(pending, exited))
      expect(error).toMatchObject({ exitCode: null, signal, reason, phase: "accepted" });
    expect(await connection.closed).toEqual({ reason, exitCode: null, signal });
  });

  it("when it runs out of memory", async () => {
    const connection = await child(MODULE, { execArgv: ["--max-old-space-size=20"], stdio: "ignore" });
    const pending = await makePending(connection.remote);
    const exited = exitOf(connection);
    connection.remote.fillMemory().catch(() => {});
    for (const error of await expectLost(pending, exited)) expect(error).toMatchObject({ signal: "SIGABRT" });
  });

  it("when it is stopped and then destroyed", async () => {
    const connection = await child();
    const pending = connection.remote.wait();
    process.kill(connection.pid, "SIGSTOP");
    connection.destroy();
    await expect(pending).rejects.toMatchObject({ reason: "destroyed" });
    expect(await connection.closed).toMatchObject({ reason: "destroyed", signal: "SIGKILL" });
    expect(isAlive(connection.pid)).toBe(false);
  });
});

it("is killed by the signal that was chosen", async () => {
  const connection = await child(MODULE, { killSignal: "SIGTERM" });
  connection.destroy();
  expect(await connection.closed).toMatchObject({ reason: "destroyed", signal: "SIGTERM" });
});

it("is lost when it closes its pipe and lives on, and is ended", async () => {
  const source = `import { closeSync } from "node:fs"; setInterval(() => {}, 1000);
    export const cut = () => void setImmediate(() => { for (const handle of process._getActiveHandles()) if (handle.constructor.name === "Socket" && handle._handle?.fd === 3) handle.destroy(); });
    export const wait = () => new Promise(() => {});`;
  const module = `data:text/javascript,${encodeURIComponent(source)}`;
  const connection = await child<{ cut(): void; wait(): Promise<void> }>(module, { exitTimeout: 50 });
  const pending = connection.remote.wait();
  const exited = exitOf(connection);
  await connection.remote.cut();
  await expect(pending).rejects.toBeInstanceOf(PeerLostError);
  await exited;
});

describe("does not start", () => {
  it("with a program that does not exist, or may not be run", async () => {
    const program = join(folder(), "program");
    writeFileSync(program, "");
    chmodSync(program, 0o644);
    await expect(child(MODULE, { execPath: "/no/such/node" })).rejects.toMatchObject({
      code: "ERR_SPAWN",
      message: "The process could not be started with /no/such/node: spawn /no/such/node ENOENT.",
      cause: { code: "ENOENT" },
    });
    await expect(child(MODULE, { execPath: program })).rejects.toMatchObject({ code: "ERR_SPAWN", cause: { code: "EACCES" } });
  });

  it("in a folder that does not exist, which the error names", async () => {
    const error = child(MODULE, { cwd: "/no/such/folder" });
    await expect(error).rejects.toMatchObject({
      code: "ERR_SPAWN",
      message: expect.stringContaining("There is no folder /no/such/folder (cwd)"),
    });
  });

  it("with options that Node refuses", async () => {
    await expect(child(MODULE, { uid: "root" as unknown as number })).rejects.toMatchObject({ code: "ERR_INVALID_ARG_TYPE" });
    const error = child(MODULE, { execArgv: ["--no-such-option"], stdio: "ignore" });
    await expect(error).rejects.toMatchObject({ code: "ERR_PEER_LOST", exitCode: 9 });
  });

  it("when its module fails to load, and then ends at once, whatever that had begun", async () => {
    const source = "setInterval(() => {}, 1000); throw new Error(process.pid);";
    const error: unknown = await child(`data:text/javascript,${source}`).catch((thrown: unknown) => thrown);
    const pid = Number((error as Error).message);
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("when its program is started by hand", async () => {
    const program = fileURLToPath(new URL("../../dist/spawn/entry/process.js", import.meta.url));
    const { stderr } = spawn(process.execPath, [program], { stdio: ["ignore", "ignore", "pipe"] });
    expect(await text(stderr)).toContain("spawnProcess() starts");
  });
});

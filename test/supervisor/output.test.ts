// What children write.
import { afterEach, describe, expect, test, vi } from "vitest";
import { createOutput, type Output } from "../../lib/supervisor/output.ts";
import { EventHub } from "../../lib/supervisor/events.ts";
import { LineTail } from "../../lib/supervisor/line-tail.ts";
import type { ChildStart, OutputMode } from "../../lib/supervisor/spec.ts";
import { next, Started, worker, type WorkerModule } from "./real.ts";

const started = new Started();
afterEach(() => started.end());

function capture(mode: OutputMode): { lines: unknown[]; tail: LineTail; output: Output; write: Output["write"] } {
  const events = new EventHub(
    "root",
    () => 0,
    () => {},
  );
  const lines: unknown[] = [];
  events.on("line", ({ stream, line }) => lines.push([stream, line]));
  const tail = new LineTail();
  const output = createOutput(mode, "w", tail, events);
  return { lines, tail, output, write: (stream, chunk) => output.write(stream, chunk) };
}

describe("lines", () => {
  test("are put together from chunks, whatever these cut, and told apart by stream", () => {
    const { lines, write } = capture("capture");
    const bytes = Buffer.from("grün\r\nzwei\nrest");
    for (const byte of bytes) write("stdout", Uint8Array.of(byte));
    write("stderr", "other\n");
    write("stdout", "\n");
    expect(lines).toEqual([
      ["stdout", "grün"],
      ["stdout", "zwei"],
      ["stderr", "other"],
      ["stdout", "rest"],
    ]);
  });

  test("a last one without an end comes when the child has ended", () => {
    const { lines, output } = capture("capture");
    output.write("stdout", "all\nbut the end");
    expect(lines).toEqual([["stdout", "all"]]);
    output.end();
    output.end();
    expect(lines).toEqual([
      ["stdout", "all"],
      ["stdout", "but the end"],
    ]);
  });

  test("that have no end are passed on when they are long", () => {
    const { lines, write } = capture("capture");
    write("stdout", "x".repeat(70_000));
    expect(lines).toHaveLength(1);
  });

  test("the tail of stderr is kept, from a whole line on", () => {
    const { tail, write } = capture("ignore");
    for (let at = 0; at < 1_000; at++) write("stderr", `line ${at}\n`);
    write("stdout", "not this\n");
    expect(tail.text.length).toBeLessThanOrEqual(4_096);
    expect(tail.text).toMatch(/^line \d+\n/u);
    expect(tail.text.endsWith("line 999\n")).toBe(true);
  });

  test("piped ones carry the child's id, and its own stderr goes through as it is with inherit", () => {
    const out = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
    const err = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
    capture("pipe").write("stdout", "one\ntwo\n");
    capture("inherit").write("stderr", "as it is");
    expect(out.mock.calls.map(([text]) => text)).toEqual(["w | one\n", "w | two\n"]);
    expect(err.mock.calls.map(([text]) => text)).toEqual(["as it is"]);
  });
});

test.each<[string, ChildStart]>([
  ["process", { process: worker }],
  ["thread", { thread: worker }],
])("a %s: captured lines come as events, the tail of stderr is in its report", async (_kind, start) => {
  const supervisor = await started.supervise({ children: [{ id: "w", start, output: "capture" }] });
  const lines: string[] = [];
  const both = new Promise<void>((resolve) => {
    supervisor.on("line", ({ id, stream, line }) => {
      lines.push(`${id} ${stream} ${line}`);
      if (lines.length === 2) resolve();
    });
  });
  await supervisor.remote<WorkerModule>("w").print("hello");
  await both;
  expect(lines.toSorted()).toEqual(["w stderr err hello", "w stdout hello"]);
  const exited = next(supervisor, "exited");
  await supervisor.stop("w");
  expect((await exited).report.stderrTail).toBe("err hello\n");
});

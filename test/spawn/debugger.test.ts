import { close, open } from "node:inspector";
import { expect, it, onTestFinished, vi } from "vitest";
import { isDebugged } from "../../lib/spawn/debugger.ts";
import { startLimit } from "../../lib/spawn/until-ready.ts";

it("is debugged when it is started with --inspect, as an option or in NODE_OPTIONS, and so is the child", () => {
  expect(isDebugged()).toBe(false);
  expect(isDebugged(["--no-warnings", "--inspect-brk=0"])).toBe(true);
  vi.stubEnv("NODE_OPTIONS", "--no-warnings --inspect=127.0.0.1:0");
  expect(isDebugged()).toBe(true);
});

it("is debugged when an inspector was opened later, and then there is no time limit for a start", () => {
  expect(startLimit(undefined, undefined)).toBe(30_000);
  open(0, "127.0.0.1");
  onTestFinished(close);
  expect(isDebugged()).toBe(true);
  expect(startLimit(undefined, undefined)).toBe(0);
  expect(startLimit(500, undefined)).toBe(500);
});

it("has no time limit where none is wanted", () => {
  expect(startLimit(0, undefined)).toBe(0);
  expect(startLimit(Infinity, undefined)).toBe(0);
  expect(startLimit(undefined, ["--inspect"])).toBe(0);
});

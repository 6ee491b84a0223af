import { describe, expect, test } from "vitest";
import { linesOf, rowsOf } from "../../lib/cli/table.ts";
import { node, shop } from "./tree.ts";

describe("the table", () => {
  test("has a line for each child, drawn as a tree", () => {
    expect(linesOf(rowsOf(shop), 200)).toEqual([
      "CHILD         KIND         STATE           PID  UPTIME  RESTARTS  CPU  MEMORY    LAG  CALLS/S   P99  WAITING",
      "shop          one-for-one  running         100       -         0    -       -      -        -     -        -",
      "├─ web#1      process      running         101   1m05s         2   3%   53.0M  1.8ms      380  35ms        3",
      "├─ jobs       dynamic      running           -      3s         0    -       -      -        -     -        -",
      "│  ├─ mail#1  thread       waiting    thread 4       -         0    -       -      -        -     -        -",
      "│  └─ mail#2  process      reloading         -       -         0    -       -      -        -     -        -",
      "└─ last       process      stopped           -       -         0    -       -      -        -     -        -",
    ]);
  });

  test("is cut where the terminal ends", () => {
    for (const line of linesOf(rowsOf(shop), 40)) expect(Array.from(line).length).toBeLessThanOrEqual(40);
    expect(linesOf(rowsOf(shop), 40)[2]).toMatch(/^├─ web#1 .*…$/u);
  });

  test("counts characters, not their halves", () => {
    const [, , line] = linesOf(rowsOf(node("root", { children: [node("😀"), node("a")] })), 200);
    const [, , , plain] = linesOf(rowsOf(node("root", { children: [node("😀"), node("a")] })), 200);
    expect(Array.from(line ?? "").indexOf("p")).toBe(Array.from(plain ?? "").indexOf("p"));
  });
});

// docs/protocol.md says what the code does, number by number.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CallFlag, PROTOCOL_VERSION, SlotKind } from "../../lib/core/messages.ts";
import { Flag, HEADER_SIZE, Kind, MAX_NAME_LENGTH, MAX_NAMES, MAX_NAMES_SIZE, MAX_PATH_LENGTH, OPS } from "../../lib/wire/frame.ts";
import { BinaryKind, MAX_SHAPES, SPARSE_LENGTH, SPARSE_RATIO, Tag } from "../../lib/wire/tags.ts";
import { twoEnds } from "./two-ends.ts";

const page = readFileSync("docs/protocol.md", "utf8");

/** The rows of the first table below a line. */
function tableBelow(line: string): string[][] {
  const [, below = ""] = page.split(`\n${line}\n`);
  const lines = below.split("\n");
  const begin = lines.findIndex((text) => text.startsWith("|"));
  const end = lines.findIndex((text, index) => index > begin && !text.startsWith("|"));
  return lines.slice(begin + 2, end).map((text) =>
    text
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}

/** Names and numbers, by the columns in which they stand. */
function numbersBelow(line: string, name: number, number: number): Record<string, number> {
  return Object.fromEntries(tableBelow(line).map((row) => [row[name], Number(row[number])]));
}

/** The bytes of the indented lines below a line. */
function hexBelow(line: string): string {
  const [, below = ""] = page.split(`\n${line}\n`);
  const lines = below.split("\n").filter((text) => text.startsWith("    "));
  const end = below
    .split("\n")
    .slice(1)
    .findIndex((text) => !text.startsWith("    "));
  return lines
    .slice(0, end)
    .map((text) =>
      text
        .slice(4, 46)
        .replaceAll(" ", "")
        .toLowerCase()
        .replace(/[^\da-f].*$/, ""),
    )
    .join("");
}

describe("docs/protocol.md", () => {
  it("has the version", () => {
    expect(page).toContain(`Version ${PROTOCOL_VERSION}.`);
  });

  it("draws the header", () => {
    const offsets = Object.fromEntries(tableBelow("## Frames").map(([offset, field, type]) => [field, [Number(offset), type]]));
    expect(offsets).toMatchObject({
      length: [0, "u32"],
      id: [4, "u32"],
      kind: [8, "u8"],
      flags: [9, "u8"],
      aux: [10, "u16"],
      body: [HEADER_SIZE, ""],
    });
  });

  it("numbers the kinds", () => {
    expect(numbersBelow("## Kinds", 1, 0)).toEqual(Kind);
  });

  it("numbers the operations", () => {
    expect(numbersBelow("## Calls", 0, 1)).toEqual(Object.fromEntries(OPS.map((op, number) => [op, number])));
  });

  it("numbers the flags", () => {
    expect(numbersBelow("## Flags", 1, 0)).toEqual({ ...CallFlag, ...Flag });
  });

  it("numbers the tags", () => {
    expect(numbersBelow("## Values", 1, 0)).toEqual(Tag);
  });

  it("numbers the kinds of binary", () => {
    expect(numbersBelow("Kinds of binary:", 1, 0)).toEqual(BinaryKind);
  });

  it("numbers the slots", () => {
    expect(numbersBelow("## Live values", 1, 0)).toEqual(SlotKind);
  });

  it("tells the bounds", () => {
    const number = (value: number): string => value.toLocaleString("en");
    expect(page).toContain(`at most ${MAX_PATH_LENGTH} names of at most ${number(MAX_NAME_LENGTH)} characters`);
    expect(page).toContain(`At most ${number(MAX_NAMES - 1)} paths get numbers, with ${number(MAX_NAMES_SIZE)} characters`);
    expect(page).toContain(`The first ${MAX_SHAPES} shapes`);
    expect(page).toContain(`may be ${number(SPARSE_LENGTH)} long, or ${SPARSE_RATIO} times`);
  });

  it("shows what is really sent", () => {
    const { out } = twoEnds();
    out.call(0, "call", "reference", 0, { names: ["math", "add"], interned: 0 }, 0, undefined, 0, [2, 3]);
    expect(hexBelow("The first call on a connection, `math.add(2, 3)`:")).toBe(Buffer.from(out.take(true)).toString("hex"));
    out.result(1, 5);
    expect(hexBelow("and its answer, 5:")).toBe(Buffer.from(out.take(true)).toString("hex"));
  });
});

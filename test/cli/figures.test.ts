import { describe, expect, test } from "vitest";
import { showBytes, showDuration, showMilliseconds, showPart, showRate } from "../../lib/cli/figures.ts";

describe("figures", () => {
  test.each<[number | undefined, string]>([
    [undefined, "-"],
    [0, "0B"],
    [999, "999B"],
    [1_536, "1.5K"],
    [53.4 * 1024 ** 2, "53.4M"],
    [512 * 1024 ** 2, "512M"],
    [3.25 * 1024 ** 3, "3.3G"],
  ])("%s bytes are %s", (bytes, text) => expect(showBytes(bytes)).toBe(text));

  test.each<[number, string]>([
    [0, "-"],
    [850.4, "850ms"],
    [12_900, "12s"],
    [303_000, "5m03s"],
    [25_920_000, "7h12m"],
    [273_600_000, "3d4h"],
  ])("a time of %s ms is %s", (ms, text) => expect(showDuration(ms)).toBe(text));

  test.each<[number | undefined, string]>([
    [undefined, "-"],
    [0, "0.0ms"],
    [1.84, "1.8ms"],
    [35.2, "35ms"],
    [12_345, "12s"],
  ])("a delay of %s ms is %s", (ms, text) => expect(showMilliseconds(ms)).toBe(text));

  test.each<[number | undefined, string]>([
    [undefined, "-"],
    [0.031, "3%"],
    [1.5, "150%"],
  ])("%s of a processor is %s", (part, text) => expect(showPart(part)).toBe(text));

  test.each<[number | undefined, string]>([
    [undefined, "-"],
    [0, "0"],
    [0.26, "0.3"],
    [380.4, "380"],
    [12_600, "13k"],
  ])("%s calls a second are %s", (rate, text) => expect(showRate(rate)).toBe(text));
});

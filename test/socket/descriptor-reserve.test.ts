import { closeSync, openSync, readdirSync } from "node:fs";
import { devNull } from "node:os";
import { describe, expect, it } from "vitest";
import { DescriptorReserve } from "../../lib/socket/descriptor-reserve.ts";

const openDescriptors = (): number => readdirSync("/proc/self/fd").length;

describe("DescriptorReserve", () => {
  it("keeps so many descriptors back, and lets go of them", () => {
    const before = openDescriptors();
    const reserve = new DescriptorReserve(4);
    expect(openDescriptors()).toBe(before + 4);
    expect(reserve.isShort()).toBe(false);
    reserve.close();
    expect(openDescriptors()).toBe(before);
  });

  it("lends each to one at a time", () => {
    const reserve = new DescriptorReserve(2);
    const before = openDescriptors();
    const borrowers = Array.from({ length: 3 }, () => ({ destroyed: false }));
    expect(borrowers.map((one) => reserve.lend(one))).toEqual([true, true, false]);
    expect(openDescriptors()).toBe(before - 2);
    borrowers[0]!.destroyed = true;
    // Its descriptor is not for whoever comes next: it is kept back first.
    reserve.isShort();
    expect(openDescriptors()).toBe(before - 1);
    expect(reserve.lend(borrowers[2]!)).toBe(true);
    for (const one of borrowers) one.destroyed = true;
    reserve.refill();
    expect(openDescriptors()).toBe(before);
    reserve.close();
  });

  it("leaves nothing open for others", () => {
    const reserve = new DescriptorReserve(1);
    const next = openSync(devNull, "r");
    closeSync(next);
    reserve.isShort();
    const again = openSync(devNull, "r");
    expect(again).toBe(next);
    closeSync(again);
    reserve.close();
  });
});

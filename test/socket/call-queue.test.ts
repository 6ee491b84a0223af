import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallQueue } from "../../lib/socket/call-queue.ts";

const call = (name: string, size = 1): { name: string; size: number } => ({ name, size });

describe("CallQueue", () => {
  it("gives calls back in the order in which they were made, lost ones at their old place", () => {
    const queue = new CallQueue<{ name: string; size: number }>();
    for (const order of [3, 4, 1, 2, 5]) queue.add(call(`call ${order}`), order);
    expect(queue.takeAll().map(({ call: { name } }) => name)).toEqual(["call 1", "call 2", "call 3", "call 4", "call 5"]);
    expect([queue.size, queue.bytes]).toEqual([0, 0]);
  });

  it("counts calls and bytes", () => {
    const queue = new CallQueue();
    const large = call("large", 100);
    queue.add(large, 1);
    expect(queue.hasRoom(1, 1, 1000)).toBe(false);
    expect([queue.hasRoom(900, 2, 1000), queue.hasRoom(901, 2, 1000)]).toEqual([true, false]);
    expect(queue.remove(large)).toBe(true);
    expect(queue.remove(large)).toBe(false);
    // One call may always wait, however large it is.
    expect(queue.hasRoom(5000, 1, 1000)).toBe(true);
  });

  it("is sorted and counted whatever comes and goes", () => {
    const orders = fc.uniqueArray(fc.record({ order: fc.nat(1000), size: fc.nat(50), leaves: fc.boolean() }), {
      selector: ({ order }) => order,
    });
    fc.assert(
      fc.property(orders, (all) => {
        const queue = new CallQueue<{ order: number; size: number; leaves: boolean }>();
        for (const one of all) queue.add(one, one.order);
        for (const one of all) if (one.leaves) queue.remove(one);
        const stay = all.filter(({ leaves }) => !leaves);
        expect([queue.size, queue.bytes]).toEqual([stay.length, stay.reduce((sum, { size }) => sum + size, 0)]);
        expect(queue.takeAll().map(({ order }) => order)).toEqual(stay.map(({ order }) => order).sort((a, b) => a - b));
      }),
    );
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "../../lib/pool/heap.ts";

interface Entry {
  place: number;
  rank: number;
  readonly serial: number;
}

const isBefore = (a: Entry, b: Entry): boolean => a.rank < b.rank || (a.rank === b.rank && a.serial < b.serial);
const byRank = (a: Entry, b: Entry): number => a.rank - b.rank || a.serial - b.serial;

function checkAgainstModel(steps: readonly { readonly kind: string; readonly rank: number; readonly at: number }[]): void {
  const heap = new Heap<Entry>(isBefore);
  const model: Entry[] = [];
  for (const [serial, { kind, rank, at }] of steps.entries()) {
    const chosen = model[at % Math.max(1, model.length)];
    if (kind === "add") {
      const entry = { place: -1, rank, serial };
      heap.add(entry);
      model.push(entry);
    } else if (kind === "take") {
      model.sort(byRank);
      assert.equal(heap.take(), model.shift());
    } else if (chosen !== undefined && kind === "remove") {
      heap.remove(chosen);
      model.splice(model.indexOf(chosen), 1);
      assert.equal(chosen.place, -1);
    } else if (chosen !== undefined) {
      chosen.rank = rank;
      heap.update(chosen);
    }
    assert.equal(heap.size, model.length);
  }
  for (const entry of model.sort(byRank)) assert.equal(heap.take(), entry);
}

describe("Heap", () => {
  it("gives back what is in it by rank, whoever left or changed rank meanwhile", () => {
    const step = fc.record({
      kind: fc.constantFrom("add", "add", "add", "take", "remove", "update"),
      rank: fc.integer({ min: 0, max: 9 }),
      at: fc.nat(),
    });
    fc.assert(fc.property(fc.array(step, { maxLength: 200, size: "max" }), checkAgainstModel));
  });

  it("lets everyone go at once", () => {
    const heap = new Heap<Entry>(isBefore);
    const entries = [3, 1, 2].map((rank, serial) => ({ place: -1, rank, serial }));
    for (const entry of entries) heap.add(entry);
    expect(heap.takeAll().toSorted(byRank)).toEqual(entries.toSorted(byRank));
    expect(heap.size).toBe(0);
    expect(entries.map(({ place }) => place)).toEqual([-1, -1, -1]);
  });

  it("takes as many steps for one who leaves as the queue has doublings, not members", () => {
    let compared = 0;
    const heap = new Heap<Entry>((a, b) => {
      compared += 1;
      return isBefore(a, b);
    });
    const entries = Array.from({ length: 10_000 }, (_, serial) => ({ place: -1, rank: 0, serial }));
    for (const entry of entries) heap.add(entry);
    expect(compared).toBeLessThan(10_000);
    compared = 0;
    for (let index = 0; index < 10_000; index += 10) heap.remove(entries[index]!);
    expect(compared / 1_000).toBeLessThan(40);
  });
});

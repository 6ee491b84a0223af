import { describe, expect, it } from "vitest";
import { Homes } from "../../lib/pool/homes.ts";

const keys = Array.from({ length: 4_000 }, (_, index) => `user-${index}`);

describe("Homes", () => {
  it("spreads keys evenly over the seats", () => {
    const homes = new Homes(8);
    const counts = new Array<number>(8).fill(0);
    for (const key of keys) counts[homes.choose(key, () => true)]! += 1;
    for (const count of counts) expect(count / (keys.length / 8)).toSatisfy((share: number) => share > 0.85 && share < 1.15);
  });

  it("moves only the keys of a seat that falls out, and spreads them over all others", () => {
    const homes = new Homes(8);
    const moves = keys.map((key) => ({ from: homes.choose(key, () => true), to: homes.choose(key, (seat) => seat !== 3) }));
    expect(moves.filter(({ from, to }) => from !== 3 && from !== to)).toEqual([]);
    expect(new Set(moves.filter(({ from }) => from === 3).map(({ to }) => to)).size).toBe(7);
  });

  it("answers -1 when no seat may take the key", () => {
    expect(new Homes(4).choose("a", () => false)).toBe(-1);
  });

  it("remembers the keys that are used and forgets the longest unused", () => {
    const homes = new Homes(4, 100);
    homes.remember("used", { seat: 1, worker: 7 });
    homes.remember("unused", { seat: 2, worker: 7 });
    for (const key of keys) {
      homes.remember(key, { seat: 0, worker: 1 });
      expect(homes.find("used")).toEqual({ seat: 1, worker: 7 });
    }
    expect(homes.find("unused")).toBeUndefined();
    expect(keys.filter((key) => homes.find(key) !== undefined).length).toBeLessThanOrEqual(200);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readChain, releaseLock, takeLock } from "../../lib/socket/lock-chain.ts";
import type { Chain, Links } from "../../lib/socket/lock-chain.ts";

function linksIn(map: Map<string, string>): Links {
  return {
    read: (link) => map.get(link),
    create: (link, holder) => !map.has(link) && map.set(link, holder) !== undefined,
    remove: (link) => void map.delete(link),
  };
}

describe("a lock out of links", () => {
  it("is taken at the head when nobody has it", () => {
    const links = linksIn(new Map());
    const chain = readChain(links, "lock");
    expect(chain).toEqual({ links: [], holders: [], vacant: "lock" });
    expect(takeLock(links, chain, "lock", "A")).toBe(true);
    expect(takeLock(links, chain, "lock", "B")).toBe(false);
  });

  it("is taken behind a dead holder, and leaves nothing behind", () => {
    const map = new Map([["lock", "A"]]);
    const links = linksIn(map);
    expect(takeLock(links, readChain(links, "lock"), "lock", "B")).toBe(true);
    expect(takeLock(links, readChain(links, "lock"), "lock", "C")).toBe(true);
    expect(releaseLock(links, "lock")).toEqual(["A", "B"]);
    expect(map.size).toBe(0);
  });

  it("is not taken at the end of a chain that was let go of meanwhile", () => {
    const map = new Map([["lock", "A"]]);
    const links = linksIn(map);
    const old = readChain(links, "lock");
    expect(takeLock(links, readChain(links, "lock"), "lock", "B")).toBe(true);
    releaseLock(links, "lock");
    expect(takeLock(links, readChain(links, "lock"), "lock", "C")).toBe(true);
    expect(takeLock(links, old, "lock", "D")).toBe(false);
    expect([...map]).toEqual([["lock", "C"]]);
  });

  it("has one holder, however the steps of contenders fall between each other's, and whoever is killed", () => {
    fc.assert(fc.property(fc.infiniteStream(fc.nat(11)), fc.integer({ min: 2, max: 5 }), contend), { numRuns: 2000 });
  });
});

/**
 * Contenders take turns, in the middle of each other's steps too: each access to a link may be the moment at which
 * others take theirs. Some are killed, in the midst of a step or while they hold the lock.
 */
function contend(chances: Iterator<number>, contenders: number): void {
  const map = new Map<string, string>();
  const plain = linksIn(map);
  const holders = new Set<Contender>();
  let turns = 300;
  let born = 0;
  let depth = 0;

  const chance = (): number => chances.next().value as number;

  class Killed extends Error {}

  class Contender implements Links {
    readonly name = `p${(born += 1)}`;
    isAlive = true;
    isBusy = false;
    chain: Chain | undefined;

    read(link: string): string | undefined {
      this.#mayBeInterrupted();
      return plain.read(link);
    }

    create(link: string, holder: string): boolean {
      this.#mayBeInterrupted();
      return plain.create(link, holder);
    }

    remove(link: string): void {
      this.#mayBeInterrupted();
      plain.remove(link);
    }

    step(): void {
      if (holders.has(this)) {
        holders.delete(this);
        releaseLock(this, "lock");
      } else if (this.chain === undefined) {
        this.chain = readChain(this, "lock");
        const last = this.chain.holders.at(-1);
        if (all.some((other) => other.isAlive && other.name === last)) this.chain = undefined;
      } else {
        if (takeLock(this, this.chain, "lock", this.name)) {
          holders.add(this);
          if (holders.size > 1) throw new Error(`held by ${[...holders].map(({ name }) => name).join(" and ")}`);
        }
        this.chain = undefined;
      }
    }

    kill(): void {
      this.isAlive = false;
      holders.delete(this);
    }

    #mayBeInterrupted(): void {
      if (depth < 3 && chance() < 5) {
        depth += 1;
        takeTurn();
        depth -= 1;
      }
      if (!this.isAlive) throw new Killed();
    }
  }

  let all = Array.from({ length: contenders }, () => new Contender());

  function takeTurn(): void {
    turns -= 1;
    if (chance() === 0) {
      all[chance() % contenders]!.kill();
      all = all.map((one) => (one.isAlive ? one : new Contender()));
    }
    const one = all[chance() % contenders]!;
    if (one.isBusy) return;
    one.isBusy = true;
    try {
      one.step();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    one.isBusy = false;
  }

  while (turns > 0) takeTurn();
}

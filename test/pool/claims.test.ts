import { describe, expect, it } from "vitest";
import { Claims, createClaimMemory, Offers } from "../../lib/pool/claims.ts";

const sides = () => {
  const memory = createClaimMemory();
  return { offers: new Offers(memory), claims: new Claims(memory, 1) };
};

describe("claims", () => {
  it("give a call that was offered to whoever is first, and to one only", () => {
    const { offers, claims } = sides();
    for (const id of [1, 2, 1_023, 1_024, 3_000_000_000, 0xffff_ffff]) {
      offers.offer(id);
      expect(claims.isOffered(id)).toBe(true);
      expect([claims.claim(id), claims.claim(id), offers.withdraw(id)]).toEqual([true, false, false]);
    }
    offers.offer(7);
    expect([offers.withdraw(7), claims.isOffered(7), claims.claim(7), offers.withdraw(7)]).toEqual([true, true, false, false]);
  });

  it("know nothing of calls that were not offered", () => {
    const { offers, claims } = sides();
    expect([claims.isOffered(1), claims.claim(1), offers.withdraw(1)]).toEqual([false, false, false]);
    offers.offer(1);
    expect([claims.isOffered(1_025), claims.claim(1_025), offers.withdraw(1_025)]).toEqual([false, false, false]);
  });

  it("tell how far the worker is", () => {
    const { offers, claims } = sides();
    expect([offers.ended, offers.isBusy, offers.lastTook]).toEqual([0, false, 0]);
    for (const id of [1, 2]) offers.offer(id);
    claims.claim(1);
    expect([offers.ended, offers.isBusy]).toEqual([0, true]);
    claims.ended(0.25);
    expect([offers.ended, offers.isBusy, offers.lastTook]).toEqual([1, false, 250]);
    offers.withdraw(2);
    claims.claim(2);
    expect([offers.ended, offers.isBusy]).toEqual([1, false]);
  });

  it("forget a call when a later one takes its place", () => {
    const { offers, claims } = sides();
    offers.offer(5);
    claims.claim(5);
    offers.offer(5 + 1_024);
    expect([offers.withdraw(5), claims.claim(5 + 1_024)]).toEqual([false, true]);
  });
});

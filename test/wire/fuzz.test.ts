// Damaged frames of every kind, cut anywhere: what is told of them is a message, or there is a ProtocolError.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import { FrameReader } from "../../lib/wire/frame-reader.ts";
import { corpus } from "./corpus.ts";
import { damage, damaged } from "./damage.ts";
import { createRandom, mutated, withItsLength } from "../fixtures/mutations.mjs";
import { plainPolicy as policy, thrownBy } from "./round-trip.ts";
import { recorder, slotTable, twoEnds } from "./two-ends.ts";

const numRuns = 1_000;
const INPUTS = 20_000;
const LIMITS = { text: 100_000, binary: 100_000, depth: 100, nodes: 10_000 };

it("damaged frames", { timeout: 15_000 + numRuns * 20 }, () => {
  const { frames } = corpus();
  const pick = fc.nat(frames.length - 1);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(pick, damage, fc.boolean()), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
      (picked, cuts) => {
        const bytes = Buffer.concat(
          picked.map(([index, changes, isFramed]) =>
            isFramed ? withItsLength(damaged(frames[index]!, changes)) : damaged(frames[index]!, changes),
          ),
        );
        const { incoming, told } = twoEnds({ limits: LIMITS });
        const thrown = thrownBy(() => {
          for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
            const size = cuts[cut % cuts.length]!;
            incoming.receive(Uint8Array.from(bytes.subarray(at, at + size)), undefined, cut % 2 === 0);
            at += size;
          }
        });
        if (thrown !== undefined && !(thrown instanceof ProtocolError)) throw thrown;
        expect(told.length).toBeLessThanOrEqual(bytes.length / 16);
        expect(Object.keys(Object.prototype)).toEqual([]);
      },
    ),
    { numRuns },
  );
});

it("very many of them", { timeout: 15_000 + INPUTS }, () => {
  const { frames } = corpus();
  const seed = Date.now() >>> 0;
  const random = createRandom(seed);
  const before = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
  const slots = slotTable();
  let [refused, taken] = [0, 0];
  for (let input = 0; input < INPUTS; input += 1) {
    const bytes = mutated(frames[random() % frames.length]!, random);
    let told = 0;
    const incoming = new FrameReader({ policy, slots, receiver: recorder(() => (told += 1)), limits: LIMITS, shouldYield: () => false });
    const cut = random() % bytes.length;
    try {
      incoming.receive(bytes.subarray(0, cut), undefined, false);
      incoming.receive(bytes.subarray(cut), undefined, true);
      taken += told;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(`Seed ${seed}, input ${input}: ${String(error)}`, { cause: error });
      refused += 1;
    }
    if (told > bytes.length / 16) throw new Error(`Seed ${seed}, input ${input}: ${told} messages of ${bytes.length} bytes`);
  }
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(before);
  // Neither is rare, else this would show little.
  expect(Math.min(refused, taken)).toBeGreaterThan(INPUTS / 20);
});

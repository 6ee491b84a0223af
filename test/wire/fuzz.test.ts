// Damaged frames of every kind, cut anywhere: what is told of them is a message, or there is a ProtocolError.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import { times } from "../long-form.ts";
import { corpus, framed } from "./corpus.ts";
import { damage, damaged } from "./damage.ts";
import { thrownBy } from "./round-trip.ts";
import { twoEnds } from "./two-ends.ts";

/** Each run has a few frames: at length, some ten million in all. */
const numRuns: number = times(1000, 4_000_000);

it("damaged frames", { timeout: 15_000 + numRuns * 2 }, () => {
  const { frames } = corpus();
  const pick = fc.nat(frames.length - 1);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(pick, damage, fc.boolean()), { minLength: 1, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
      (picked, cuts) => {
        const bytes = Buffer.concat(
          picked.map(([index, changes, isFramed]) =>
            isFramed ? framed(damaged(frames[index]!, changes)) : damaged(frames[index]!, changes),
          ),
        );
        const { incoming, told } = twoEnds({ limits: { text: 100_000, binary: 100_000, depth: 100, nodes: 10_000 } });
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

// Damaged frames of every kind, cut anywhere: what is told of them is a message, or there is a ProtocolError.
// NEARCALL_RUNS sets how many; the default is short.
import fc from "fast-check";
import { expect, it } from "vitest";
import { ProtocolError } from "../../lib/core/errors.ts";
import { damage, damaged } from "./damage.ts";
import { samples } from "./samples.ts";
import { thrownBy } from "./round-trip.ts";
import { call, pathOf, twoEnds } from "./two-ends.ts";

const numRuns = Number(process.env["NEARCALL_RUNS"] ?? 1000);

/** One frame of each kind, some with live values, and one for each kind of value. */
function corpus(): Uint8Array[] {
  const { out } = twoEnds();
  const ends = { out } as ReturnType<typeof twoEnds>;
  const frames: Uint8Array[] = [];
  const add = (write: () => void): void => {
    write();
    frames.push(...framesOf(Uint8Array.from(out.take(true))));
  };
  const fn = (): void => {};
  add(() => out.hello({ version: 1, epoch: "e", limits: { text: 1000, binary: 2000, window: 3000 }, handles: true, name: "n" }));
  add(() => out.auth({ answer: "x" }));
  add(() => out.goAway(undefined));
  add(() => out.bye(new Error("bye")));
  add(() => out.acknowledge(10, 20));
  add(() => out.ping(1));
  add(() => out.pong(1, 2));
  add(() => out.forget(1));
  add(() => out.release(1, 2));
  add(() => out.never(1));
  add(() => out.abort(1, new Error("stop")));
  add(() => out.settle(1, true, [fn]));
  add(() => out.fire(1, "reason"));
  add(() => out.credit(1, true, 2, 3, { value: fn }, true));
  add(() => out.cancel(1, false, true, new Map([[1, fn]])));
  add(() => out.call(0, "call", "result", 3, pathOf("a", "b"), 0, { timeout: 5, meta: { fn } }, 2, [fn, 1, "x"]));
  for (const { value } of samples) {
    add(() => out.result(1, value));
    add(() => call(ends, pathOf("member"), [1, value, { value }, fn]));
  }
  return frames.filter((frame) => frame.length < 4096);
}

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
    frames.push(bytes.slice(at, at + length));
    at += length;
  }
  return frames;
}

/** Gives a damaged frame the length that it has now, so that its reader goes on to what is in it. */
function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(Math.max(16, Math.ceil(bytes.length / 8) * 8));
  frame.set(bytes);
  new DataView(frame.buffer).setUint32(0, frame.length, true);
  return frame;
}

it("damaged frames", { timeout: 15_000 + numRuns * 20 }, () => {
  const frames = corpus();
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

// Frames to damage.
import { samples } from "./samples.ts";
import { call, pathOf, twoEnds } from "./two-ends.ts";

export interface Corpus {
  readonly hello: Uint8Array;
  readonly frames: readonly Uint8Array[];
}

/** One frame of each kind, some with live values, and one for each kind of value. */
export function corpus(): Corpus {
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
  return { hello: frames[0]!, frames: frames.filter((frame) => frame.length < 4096) };
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

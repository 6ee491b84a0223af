// Work for a pool's threads: slow, and done in steps.
import { createHash } from "node:crypto";
import { threadId } from "node:worker_threads";
import { callContext } from "nearcall";

const render = (frame) => createHash("sha256").update("frame").update(String(frame)).digest("hex");

/** Says how far it is, in percent, and waits until that was heard. */
export async function encode(frames, onProgress) {
  const film = createHash("sha256");
  for (let frame = 1; frame <= frames; frame += 1) {
    film.update(render(frame));
    if (frame % (frames / 4) === 0) await onProgress((100 * frame) / frames);
  }
  return film.digest("hex").slice(0, 8);
}

/** Gives each frame when it is done, and makes the next ones only as fast as they are taken. */
export async function* frames(count) {
  try {
    for (let frame = 1; frame <= count; frame += 1) yield `${frame}: ${render(frame).slice(0, 8)}`;
  } finally {
    left += 1;
  }
}
export const thumbnail = (frame) => render(frame).slice(0, 4);

let left = 0;
export const leftEarly = () => left;

/** Never awaits anything, so that no event can tell it to stop: it looks for itself. */
export function bruteForce(prefix) {
  const call = callContext();
  for (let frame = 0; ; frame += 1) {
    if (call.aborted) return undefined;
    if (render(frame).startsWith(prefix)) return frame;
  }
}

export const where = () => threadId;

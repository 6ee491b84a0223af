// Work that can be told to stop.
import { setTimeout as wait } from "node:timers/promises";
import { callContext } from "nearcall";

export let stopped = 0;

/** Hears of it through the signal of its own call, which an abort or a deadline of the caller fires. */
export async function search(text) {
  const { signal } = callContext();
  return step(signal, text);
}

/** Hears of it through a signal in its arguments. */
export async function searchIn({ text, signal }) {
  return step(signal, text);
}

async function step(signal, text) {
  try {
    for (;;) await wait(5, undefined, { signal });
  } catch (error) {
    stopped += 1;
    throw new Error(`The search for ${text} was stopped`, { cause: error });
  }
}

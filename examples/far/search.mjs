// Work that can be told to stop.
import { setTimeout as wait } from "node:timers/promises";
import { callContext } from "nearcall";

/** Hears of it through the signal of its own call, which an abort or a deadline of the caller fires. */
export function search(text) {
  return start(text, callContext().signal);
}

/** Hears of it through a signal in its arguments. */
export function searchIn({ text, signal }) {
  return start(text, signal);
}

const searches = [];

/** How all searches ended, when they have. */
export async function ends() {
  return (await Promise.allSettled(searches)).map(({ reason }) => reason.cause.name);
}

function start(text, signal) {
  const search = wait(60_000, undefined, { signal }).catch((cause) => {
    throw new Error(`The search for ${text} was stopped`, { cause });
  });
  searches.push(search);
  return search;
}

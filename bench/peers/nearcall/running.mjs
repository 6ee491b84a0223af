// What the rows call, on a nearcall connection of any kind.

import { transfer } from "nearcall";

/** Room for the largest rows; the defaults are for peers that are trusted less. */
export const limits = { text: 64 * 2 ** 20, binary: 128 * 2 ** 20 };

/** @returns {import("../../harness/types.mjs").Running} */
export function runningOf(connection) {
  const { remote } = connection;
  return {
    add: (left, right) => remote.add(left, right),
    echo: (value) => remote.echo(value),
    fail: (message) => remote.fail(message),
    withCallback: (times, callback) => remote.withCallback(times, callback),
    items: (count) => remote.items(count),
    move: (buffer) => remote.move(transfer(buffer, [buffer])),
    work: (path) => remote.work(path),
    stop: () => connection.close(),
  };
}

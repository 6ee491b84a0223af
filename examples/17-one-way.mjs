// Send and forget: no answer is made, and none is waited for. Order is kept; a failure is an event where it happened.
import { spawnThread, withOptions } from "nearcall";

const log = await spawnThread(new URL("far/log.mjs", import.meta.url));

const { write } = withOptions(log.remote, { oneWay: true });
write("started");
write(42);
write("stopped");

// Calls start in the order in which they were made, one-way calls among them.
console.log(await log.remote.lines);
console.log(await log.remote.failures);

await log.close();

// Prints:
// [ 'started', 'stopped' ]
// [ '42 is not text' ]

// Send and forget: no answer is made, none is waited for. Order is kept, and failures show as events of the connection.
import { spawnThread, withOptions } from "nearcall";

const log = await spawnThread(new URL("far/log.mjs", import.meta.url));
const failed = new Promise((resolve) => log.on("error", resolve));

const { write } = withOptions(log.remote, { oneWay: true });
write("started");
write(42);
write("stopped");

// Calls start in the order in which they were made, one-way calls among them.
console.log(await log.remote.lines);
console.log((await failed).message);

await log.close();

// Prints:
// [ 'started', 'stopped' ]
// A line is text

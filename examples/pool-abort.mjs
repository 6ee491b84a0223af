// Work that never returns to its event loop, and stops all the same when it is told to: no thread is killed.
import { withOptions } from "nearcall";
import { createPool } from "nearcall/pool";

const pool = await createPool(new URL("far/pool-frames.mjs", import.meta.url), { minThreads: 1, maxThreads: 1 });
const before = await pool.remote.where();

console.log("found:", await pool.remote.bruteForce("00"));

// This one would take for ever.
const search = withOptions(pool.remote, { signal: AbortSignal.timeout(200) }).bruteForce("no hash begins like this");
await search.catch((error) => console.log(error.name));

// The same thread goes on with the next call. Had it not stopped within `killAfter` ms, it would have been replaced.
console.log("the same thread:", (await pool.remote.where()) === before);
console.log("threads that were replaced:", pool.stats().killed);

await pool.close();

// Prints:
// found: …
// TimeoutError
// the same thread: true
// threads that were replaced: 0

// Progress of work in a pool: a callback goes along with the call and is called while that runs.
import { createPool } from "nearcall/pool";

const pool = await createPool(new URL("far/pool-frames.mjs", import.meta.url), { maxThreads: 2 });

const film = await pool.remote.encode(20_000, (percent) => console.log(`${percent} %`));
console.log("the film:", film);

// Several at once: each call has its own callback.
const shown = new Map();
await Promise.all(["a", "b", "c"].map((name) => pool.remote.encode(4_000, (percent) => shown.set(name, percent))));
console.log(shown);

await pool.close();

// Prints:
// 25 %
// 50 %
// 75 %
// 100 %
// the film: fa688049
// Map(3) { 'a' => 100, 'b' => 100, 'c' => 100 }

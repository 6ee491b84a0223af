// Results that come while the work goes on: a generator in a thread is read like one of this thread, and makes no more
// than is read. map() does the same with many calls.
import { createPool } from "nearcall/pool";

const pool = await createPool(new URL("far/pool-frames.mjs", import.meta.url), { minThreads: 2, maxThreads: 2 });

for await (const frame of pool.remote.frames(3)) console.log(frame);

// Who leaves early stops the work over there: its finally runs.
for await (const frame of pool.remote.frames(1_000_000)) {
  console.log(frame);
  break;
}

// As many calls at once as the pool has threads, the results in order, and of an endless source no more than is read.
function* endless() {
  for (let frame = 1; ; frame += 1) yield frame;
}
for await (const small of pool.map(endless(), pool.remote.thumbnail)) {
  console.log(small);
  if (small === "851b") break;
}

const left = await pool.broadcast((worker) => worker.leftEarly());
console.log("generators that ended:", left[0] + left[1]);

await pool.close();

// Prints:
// 1: 70149fad
// 2: bf6039d8
// 3: 8c856b1f
// 1: 70149fad
// 7014
// bf60
// 8c85
// 851b
// generators that ended: 2

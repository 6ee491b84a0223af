// A module in a worker thread: calls, properties, nested members and classes, each awaited.
import { spawnThread } from "nearcall";

const math = await spawnThread(new URL("far/math.mjs", import.meta.url));

// The main thread stays free while the worker computes.
let ticks = 0;
const timer = setInterval(() => (ticks += 1), 5);
console.log("fib(32) is", await math.remote.fib(32));
clearInterval(timer);
console.log("timers went on:", ticks > 0);

console.log("a property:", await math.remote.limit);
console.log("a nested member:", await math.remote.nested.deep.twice(21));

const counter = await new math.remote.Counter(5);
await counter.add(1);
console.log("an object over there:", await counter.count);

await math.close();

// Prints:
// fib(32) is 2178309
// timers went on: true
// a property: 45
// a nested member: 42
// an object over there: 6

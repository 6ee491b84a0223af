// What does the far side offer? Names, kinds, and how many parameters there are.
import { describe, spawnThread } from "nearcall";

const math = await spawnThread(new URL("far/math.mjs", import.meta.url));

for (const { name, kind, arity } of await describe(math.remote)) console.log(kind, arity === undefined ? name : `${name} of ${arity}`);
console.log(math.remote); // printing asks nobody

await math.close();

// Prints:
// class Counter of 1
// method fib of 1
// value limit
// object nested
// value pid
// [Remote worker#1]

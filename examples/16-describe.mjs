// What does the far side offer? Names, kinds, and how many parameters there are.
import { describe, spawnThread } from "nearcall";

const math = await spawnThread(new URL("far/math.mjs", import.meta.url));

for (const { name, kind, arity } of await describe(math.remote)) console.log(name, kind, arity ?? "");
console.log(math.remote); // printing asks nobody

await math.close();

// Prints:
// Counter class 1
// fib method 1
// limit value
// nested object
// pid value
// [Remote worker#1]

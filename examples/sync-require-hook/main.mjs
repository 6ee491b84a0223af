// A `require` that compiles TypeScript with a compiler whose interface is async.
import { createRequire } from "node:module";
import install from "./hook.cjs";

await install();
const require = createRequire(import.meta.url);

const { greet } = require("./app/greeting.ts");
console.log(greet({ to: "world" }));
console.log(greet({ to: "world", loud: true }));
console.log("required twice, compiled once:", require("./app/greeting.ts").greet === greet);

// Prints:
// Hello world
// HELLO WORLD!
// required twice, compiled once: true

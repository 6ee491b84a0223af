// Any Duplex is an endpoint: here the standard input and output of a program, as ssh or docker would give them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { open } from "nearcall";

const program = fileURLToPath(new URL("far/on-stdio.mjs", import.meta.url));
const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });

const far = open(Duplex.from({ readable: child.stdout, writable: child.stdin }));
console.log(await far.remote.shout("hello"));

await far.close();
console.log("ended with", (await once(child, "exit"))[0]);

// Prints:
// HELLO
// ended with 0

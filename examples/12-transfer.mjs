// Between threads, memory and ports can be moved or shared. What is not listed is copied.
import { once } from "node:events";
import { spawnThread, transfer } from "nearcall";

const far = await spawnThread(new URL("far/pixels.mjs", import.meta.url));

const pixels = new Uint8Array(8).fill(55);
const inverted = await far.remote.invert(transfer(pixels, [pixels.buffer]));
console.log("moved away:", pixels.length, "; came back:", inverted[0]);

const counter = new SharedArrayBuffer(4);
await far.remote.add(counter);
console.log("shared:", new Int32Array(counter)[0]);

const { port1, port2 } = new MessageChannel();
await far.remote.answerOn(transfer(port2, [port2]));
console.log((await once(port1, "message"))[0]);

await far.close();

// Prints:
// moved away: 0 ; came back: 200
// shared: 1
// over a port of our own

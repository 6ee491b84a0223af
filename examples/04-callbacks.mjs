// Functions go by reference, at any depth and without a mark, and live as long as the far side holds them.
import { spawnThread } from "nearcall";

const builder = await spawnThread(new URL("far/builder.mjs", import.meta.url));

const size = await builder.remote.build(["a.js", "b.js"], {
  tasks: [{ name: "read", run: async (file) => `the text of ${file}` }],
  on: { progress: ({ done, of }) => console.log(`${done} of ${of}`) },
});
console.log("size:", size);

// A listener that is called later, long after the call that it came with.
await builder.remote.watch((file) => console.log("changed:", file));
await builder.remote.touch("c.js");

await builder.close();

// Prints:
// 1 of 2
// 2 of 2
// size: 32
// changed: c.js

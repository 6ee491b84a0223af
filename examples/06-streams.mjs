// Generators, async iterables and Web streams, in both directions. Who stops reading stops the writer.
import { spawnThread } from "nearcall";

const far = await spawnThread(new URL("far/rows.mjs", import.meta.url));

for await (const row of far.remote.rows(1_000_000)) {
  console.log(row.name);
  if (row.id === 2) break; // runs the `finally` over there
}
console.log("still open:", await far.remote.open);

const talk = await far.remote.conversation();
console.log((await talk.next()).value);
console.log((await talk.next("Ada")).value);

async function* numbers() {
  for (let number = 1; number <= 4; number += 1) yield number;
}
console.log("total:", await far.remote.total(numbers()));

const stream = await far.remote.download();
console.log("downloaded:", await new Response(stream).text());

await far.close();

// Prints:
// row 1
// row 2
// still open: 0
// What is your name?
// Good day, Ada
// total: 10
// downloaded: some bytes

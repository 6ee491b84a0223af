// Objects that stay where they are: proxy() marks one, RemoteObject a class. A reference is let go by release() or `using`.
import { proxy, release, spawnThread } from "nearcall";

const library = await spawnThread(new URL("far/library.mjs", import.meta.url));

// An object of ours, used over there. It comes home as the object that it was.
const titles = [];
const shelf = proxy({ put: (title) => void titles.push(title) });
console.log("came home:", (await library.remote.fill(shelf)) === shelf, titles);

// An object over there, used here.
const book = await library.remote.find("Emma");
console.log(await book.page(2), "; open:", await library.remote.open);

// With TypeScript or Node 24: `using book = await library.remote.find("Emma");`
release(book);
console.log("open:", await library.remote.open);
await book.page(1).catch((error) => console.log(error.code));

await library.close();

// Prints:
// came home: true [ 'Emma', 'Ulysses' ]
// Emma, page 2 ; open: 1
// open: 0
// ERR_STALE_REFERENCE

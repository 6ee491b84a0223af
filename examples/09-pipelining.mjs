// Members of a result can be called before it is there, and a promise can be an argument: one round trip in all.
import { spawnThread } from "nearcall";

const library = await spawnThread(new URL("far/library.mjs", import.meta.url));
const { remote } = library;

// In place of three awaits, one after the other.
const page = remote.find("Emma").page(1);
console.log(await remote.read(page));

// When the first call fails, so do those that stand on it, with its error; only the last one needs a handler.
await remote
  .lose("Emma")
  .page(1)
  .catch((error) => console.log(error.message));

await library.close();

// Prints:
// (Emma, page 1)
// Nobody has seen Emma

// An object behind a Unix domain socket. Here both ends are in one program; usually they are two.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, listen } from "nearcall";

const folder = await mkdtemp(join(tmpdir(), "example-"));
const path = join(folder, "notes.sock");

// A function instead of an object gives every client an object of its own.
const notes = [];
let clients = 0;
const server = await listen(() => {
  const author = `client ${(clients += 1)}`;
  return {
    add: (text) => notes.push(`${author}: ${text}`),
    all: () => notes,
  };
}, path);

const first = await connect(path);
const second = await connect(path);
await first.remote.add("hello");
await second.remote.add("good day");
console.log(await first.remote.all());

await first.close();
await second.close();
await server.close();
await rm(folder, { recursive: true });

// Prints:
// [ 'client 1: hello', 'client 2: good day' ]

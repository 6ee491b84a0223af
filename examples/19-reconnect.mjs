// A client that survives its server: calls made while it is away wait, and go to the next one.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, listen } from "nearcall";

const folder = await mkdtemp(join(tmpdir(), "example-"));
const path = join(folder, "shop.sock");

let server = await listen({ name: () => "the first server" }, path);
const client = await connect(path, { reconnect: true });
client.on("state", (state) => console.log("->", state));
console.log(await client.remote.name());

await server.close();
const answer = client.remote.name();
server = await listen({ name: () => "the second server" }, path);
console.log(await answer);

await client.close();
await server.close();
await rm(folder, { recursive: true });

// Prints:
// the first server
// -> draining
// …
// -> ready
// the second server
// …
// -> closed

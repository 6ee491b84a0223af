// A prompt that looks into another process over a socket, without a single await: in a terminal
// it is yours, else it runs a few lines by itself.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import repl from "node:repl";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { connectSync } from "nearcall/sync";

const folder = mkdtempSync(join(tmpdir(), "example-"));
const path = join(folder, "shop.sock");
const server = fork(fileURLToPath(new URL("far/shop.mjs", import.meta.url)), [path]);

// Tries until the server listens.
const connection = connectSync(path, { timeout: 5_000 });
const lines = [
  "shop.name",
  "shop.stock.count('tea')",
  "shop.prices",
  "let order = new shop.Order('Ann')",
  "order.add('tea', 2).total",
  "[...shop.history()].length",
  "shop.stock.take('gold')",
];
const input = process.stdin.isTTY
  ? {}
  : { input: Readable.from(lines.map((line) => `${line}\n`)), output: process.stdout, terminal: false };
const prompt = repl.start({ prompt: "> ", ...input });
Object.assign(prompt.context, { shop: connection.remote });

prompt.on("exit", () => {
  console.log("bye");
  connection.close();
  server.kill();
  rmSync(folder, { recursive: true });
});

// Prints:
// > 'The corner shop'
// > 12
// > { tea: 3, coffee: 5 }
// > undefined
// > 6
// > 3
// > Uncaught RangeError: There is no gold
// …

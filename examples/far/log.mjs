// Takes lines that nobody waits for. What fails here is an event of the connection here.
import { expose } from "nearcall";

const lines = [];
const failures = [];

function write(line) {
  if (typeof line !== "string") throw new TypeError(`${line} is not text`);
  lines.push(line);
}

expose({ write, lines, failures }).on("error", (error) => failures.push(error.message));

// What can be said on the command line.

import { parseArgs } from "node:util";

export const help = `How fast is a call through nearcall, beside raw Node and beside its peers?

  npm run bench -- [options]

  --only a,b        only peers whose name has one of these in it; raw Node always runs
  --rows a,b        only rows whose id begins with one of these
  --rounds n        rounds per row (5)
  --time ms         time per peer and round (300)
  --short           the form for CI: the rows that goals speak of, a third of each goal, exit code 1 if one is missed
  --json file       write every sample
  --markdown file   write a table
  --report          write a page with plots and a table to bench/results/
  --list            name the rows and the peers
`;

/** @param {readonly string[]} args */
export function readOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rows: { type: "string" },
      rounds: { type: "string" },
      time: { type: "string" },
      short: { type: "boolean", default: false },
      json: { type: "string" },
      markdown: { type: "string" },
      report: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    ...values,
    only: words(values.only),
    rows: words(values.rows),
    rounds: count("rounds", values.rounds ?? (values.short ? "3" : "5")),
    milliseconds: count("time", values.time ?? (values.short ? "100" : "300")),
  };
}

const words = (text) => text?.split(",").map((word) => word.trim()) ?? [];

function count(name, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RangeError(`--${name} takes a whole number above 0, not ${JSON.stringify(text)}`);
}

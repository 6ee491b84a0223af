// How fast is a call through nearcall, beside raw Node and beside its peers, on this machine?
//
// Peers take turns within each row; what is shown are medians of several rounds with their spread. See --help.

import { writeFile } from "node:fs/promises";
import { goals } from "./goals.mjs";
import { choosePeers, chooseRows, peersOfRow } from "./harness/choose.mjs";
import { judge } from "./harness/judge.mjs";
import { describeMachine, machineLine } from "./harness/machine.mjs";
import { help, readOptions } from "./harness/options.mjs";
import { measureRow } from "./harness/rounds.mjs";
import { markdownOf } from "./report/markdown.mjs";
import { writeReport } from "./report/page.mjs";
import { printGoals, printRow } from "./report/terminal.mjs";

/** How often the short form measures again what missed its goal. */
const RETRIES = 3;
const options = readOptions(process.argv.slice(2));
const rows = chooseRows(options);
const peers = choosePeers(options);

if (options.help) console.log(help);
else if (options.list) console.log(`rows: ${rows.map(({ id }) => id).join(", ")}\npeers: ${peers.map(({ name }) => name).join("; ")}`);
else process.exitCode = await run();
// Workers that blocking peers leave behind do not hold the process, but what a failed peer left behind might.
process.exit();

async function measure(row) {
  const measured = await measureRow(row, peersOfRow(row, peers, options), options);
  printRow(row, measured);
  return measured;
}

/** What a busy neighbour spoilt comes out right another time; what is slow does not. */
async function measureMissed(verdicts, results) {
  const missed = new Set(verdicts.filter(({ met }) => !met).flatMap(({ goal }) => [goal.row, goal.againstRow ?? goal.row]));
  for (const row of rows.filter(({ id }) => missed.has(id))) {
    const kept = results.filter((result) => result.row !== row.id);
    results.splice(0, results.length, ...kept, ...(await measure(row)));
  }
}

async function run() {
  const machine = describeMachine();
  console.log(`${machineLine(machine)}\n${rows.length} rows, ${options.rounds} rounds of ${options.milliseconds} ms`);

  const results = [];
  for (const row of rows) results.push(...(await measure(row)));

  const share = options.short ? 1 / 3 : 1;
  let verdicts = judge(goals, results, share);
  for (let again = 0; options.short && again < RETRIES && verdicts.some(({ met }) => !met); again += 1) {
    await measureMissed(verdicts, results);
    verdicts = judge(goals, results, share);
  }
  printGoals(verdicts, share);

  const settings = { rounds: options.rounds, milliseconds: options.milliseconds };
  const outcome = { machine, settings, rows, results, verdicts };
  if (options.json) await writeFile(options.json, `${JSON.stringify({ machine, settings, results, verdicts }, null, 1)}\n`);
  if (options.markdown) await writeFile(options.markdown, markdownOf(outcome));
  if (options.report) console.log(`\nwritten: ${(await writeReport(outcome)).join(", ")}`);
  // A short run that judged nothing has not checked anything either.
  return options.short && (verdicts.length === 0 || verdicts.some(({ met }) => !met)) ? 1 : 0;
}

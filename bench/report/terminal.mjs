// The tables that a run prints.

import Table from "cli-table3";
import { columns, linesOf } from "./lines.mjs";
import { figure, goalInWords } from "./words.mjs";

export function printRow(row, results) {
  const lines = linesOf(row, results);
  if (lines.length === 0) return;
  const table = new Table({ head: [`${row.unit}`, ...columns.slice(1)], ...look });
  table.push(...lines);
  console.log(`\n${row.title} (${row.id}; ${row.better} is better)\n${table}`);
}

export function printGoals(verdicts, share) {
  if (verdicts.length === 0) return;
  const table = new Table({ head: ["goal", "reached", ""], style: look.style });
  for (const { goal, reached, met } of verdicts) table.push([goalInWords(goal), figure(reached), met ? "met" : "MISSED"]);
  const asked = share === 1 ? "" : `, held against ${figure(share)} of each`;
  console.log(`\nGoals${asked}\n${table}`);
}

const look = {
  colAligns: ["left", "right", "right", "right", "left"],
  style: { head: [], border: [], compact: true },
};

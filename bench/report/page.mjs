// A run as one self-contained page with plots, and the same as Markdown and JSON beside it, in bench/results/.

import { mkdir, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { machineLine } from "../harness/machine.mjs";
import { columns, linesOf } from "./lines.mjs";
import { markdownOf } from "./markdown.mjs";
import { plotsOf } from "./plots.mjs";
import { figure, goalInWords } from "./words.mjs";

const folder = fileURLToPath(new URL("../results/", import.meta.url));

/** Returns the files that it wrote, seen from where the run was started. */
export async function writeReport(outcome) {
  const { machine, settings, results, verdicts } = outcome;
  const name = `${folder}${machine.date}-node-${machine.node.replace("v", "")}-${machine.cores}-cores`;
  const files = {
    [`${name}.html`]: pageOf(outcome),
    [`${name}.md`]: markdownOf(outcome),
    [`${name}.json`]: `${JSON.stringify({ machine, settings, results, verdicts })}\n`,
  };
  await mkdir(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) await writeFile(path, content);
  return Object.keys(files).map((path) => relative(process.cwd(), path));
}

function pageOf(outcome) {
  const { machine, settings, rows, results, verdicts } = outcome;
  const figures = plotsOf(outcome).map(({ title, svg }) => `<figure><figcaption>${escape(title)}</figcaption>${svg}</figure>`);
  const tables = rows
    .filter((row) => results.some((result) => result.row === row.id))
    .map(
      (row) => `<h2>${escape(row.title)}</h2><p>${escape(row.unit)}, ${row.better} is better</p>${table(columns, linesOf(row, results))}`,
    );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nearcall: benchmark</title>
<style>${style}</style>
<h1>How fast is a call?</h1>
<p>${escape(machineLine(machine))}. Medians of ${settings.rounds} alternating rounds of ${settings.milliseconds} ms; ratios are taken round by round.</p>
${goalsOf(verdicts)}
${figures.join("\n")}
${tables.join("\n")}
</html>
`;
}

function goalsOf(verdicts) {
  if (verdicts.length === 0) return "";
  const lines = verdicts.map(({ goal, reached, met }) => [goalInWords(goal), figure(reached), met ? "met" : "missed"]);
  return `<h2>Goals</h2>${table(["goal", "reached", ""], lines)}`;
}

function table(head, lines) {
  const row = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
  const classOf = (cells) => (cells.at(-1) === "missed" ? row(cells, "td").replace("<tr>", '<tr class="missed">') : row(cells, "td"));
  return `<div class="wide"><table>${row(head, "th")}${lines.map(classOf).join("")}</table></div>`;
}

const escape = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; }
svg { width: 100%; height: auto; overflow: visible; }
figure { margin: 2rem 0; }
figcaption { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 0.15rem 0.6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
.missed td:last-child { font-weight: 700; color: #d33; }
`;

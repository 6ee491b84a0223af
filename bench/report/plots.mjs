// The plots of the page, each drawn on the server side into an SVG that scales to the reader's screen.

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { ratioBetween } from "../harness/judge.mjs";
import { rawOfKind } from "../peers/index.mjs";

const width = 640;
const payloads = { "1k": 1, "64k": 64, "1m": 1_024, "16m": 16_384 };

// A plot with every peer in it is a thicket: one for each channel can be read.
const channels = [
  ["threads", ["thread"]],
  ["pools of one thread", ["pool"]],
  ["other processes", ["ipc", "process", "socket"]],
];

/** @returns {{ title: string, svg: string }[]} */
export function plotsOf({ rows, results }) {
  const plots = [
    ...["sequential", "in-flight-100", "in-flight-1000"].map((id) => ratioPlot(titleOf(rows, id), ratiosIn(results, id))),
    ...channels.flatMap(([channel, kinds]) => {
      const own = results.filter(({ kind }) => kinds.includes(kind));
      return [
        payloadPlot(`Text, by size: ${channel}`, payloadPoints(own, "text-")),
        payloadPlot(`Bytes, by size: ${channel}`, payloadPoints(own, "bytes-")),
        latencyPlot(`Time of one call, and the share of calls that are faster: ${channel}`, latencyPoints(own)),
        connectionPlot(`Calls a second, by connections in use: ${channel}`, connectionPoints(own)),
      ];
    }),
  ];
  return plots.filter((plot) => plot !== undefined);
}

const titleOf = (rows, id) => `${rows.find((row) => row.id === id)?.title}: times raw Node`;

function ratiosIn(results, id) {
  const own = results.filter(({ row }) => row === id);
  return own.flatMap((result) => {
    const raw = own.find(({ peer }) => peer === rawOfKind[result.kind]);
    const ratio = raw === result ? undefined : ratioBetween(result, raw);
    return ratio === undefined ? [] : [{ peer: result.peer, ratio, kind: result.kind }];
  });
}

function ratioPlot(title, points) {
  if (points.length === 0) return undefined;
  const label = ({ ratio }) => `${ratio.toPrecision(2)}×`;
  const slower = points.filter(({ ratio }) => ratio < 1);
  const faster = points.filter(({ ratio }) => ratio >= 1);
  const reach = points.map(({ ratio }) => ratio);
  return draw(title, {
    height: 60 + points.length * 24,
    marginLeft: 210,
    marginRight: 20,
    x: { type: "log", domain: [Math.min(1, ...reach) / 2, Math.max(1, ...reach) * 2], label: "times raw", grid: true, tickFormat: "~g" },
    y: { label: null },
    marks: [
      Plot.ruleX([1]),
      Plot.ruleY(points, { x1: 1, x2: "ratio", y: "peer", stroke: colourOf, strokeWidth: 3, sort: { y: "-x2" } }),
      Plot.dot(points, { x: "ratio", y: "peer", fill: colourOf, r: 5 }),
      Plot.text(slower, { x: "ratio", y: "peer", text: label, dx: -9, textAnchor: "end" }),
      Plot.text(faster, { x: "ratio", y: "peer", text: label, dx: 9, textAnchor: "start" }),
    ],
  });
}

// One of ours stands out among grey; every other peer is told by its name.
const colourOf = ({ peer }) => (peer.startsWith("nearcall") ? "#e4572e" : "#7a8793");

function payloadPoints(results, beginning) {
  return results.flatMap(({ row, peer, median }) => {
    const kibibytes = row.startsWith(beginning) ? payloads[row.slice(beginning.length)] : undefined;
    return kibibytes === undefined || Number.isNaN(median) ? [] : [{ peer, at: kibibytes, value: (median * kibibytes) / 1_024 }];
  });
}

function payloadPlot(title, points) {
  const size = (kibibytes) => (kibibytes < 1_024 ? `${kibibytes} KiB` : `${kibibytes / 1_024} MiB`);
  return linePlot(title, points, "a call", "MiB/s there and back", size, Object.values(payloads));
}

function latencyPoints(results) {
  return results.flatMap(({ peer, latency }) =>
    (latency ?? [])
      .filter(({ quantile }) => quantile > 0 && quantile < 1)
      .map(({ quantile, microseconds }) => ({ peer, at: 1 / (1 - quantile), value: microseconds })),
  );
}

function latencyPlot(title, points) {
  const percent = (nines) => `${Number((100 * (1 - 1 / nines)).toFixed(1))} %`;
  return linePlot(title, points, "share of calls", "µs", percent, [2, 10, 100, 1_000]);
}

function connectionPoints(results) {
  return results
    .filter(({ row, samples }) => row.startsWith("connections-") && samples.length > 0)
    .map(({ row, peer, median }) => ({ peer, at: Number(row.slice("connections-".length)), value: median }));
}

const connectionPlot = (title, points) => linePlot(title, points, "connections", "calls/s");

function linePlot(title, points, horizontal, vertical, tickFormat = "~s", ticks) {
  if (points.length === 0) return undefined;
  const last = new Map(points.map((point) => [point.peer, point]));
  return draw(title, {
    height: 420,
    marginLeft: 60,
    marginRight: 190,
    x: { type: "log", label: horizontal, tickFormat, ...(ticks === undefined ? {} : { ticks }) },
    y: { type: "log", label: vertical, grid: true, tickFormat: "~s" },
    marks: [
      Plot.line(points, { x: "at", y: "value", stroke: "peer", strokeWidth: 2 }),
      Plot.dot(points, { x: "at", y: "value", fill: "peer", r: 3 }),
      Plot.text(spreadLabels([...last.values()], points), { x: "at", y: "label", text: "peer", fill: "peer", dx: 8, textAnchor: "start" }),
    ],
  });
}

// Names at the right end of the lines, moved apart where lines end close together; the axis is logarithmic.
function spreadLabels(ends, points) {
  const all = points.map(({ value }) => Math.log(value));
  const gap = Math.max((Math.max(...all) - Math.min(...all)) / 22, 1e-3);
  let lowest = -Infinity;
  return ends
    .toSorted((left, right) => left.value - right.value)
    .map((end) => {
      lowest = Math.max(lowest + gap, Math.log(end.value));
      return { ...end, label: Math.exp(lowest) };
    });
}

function draw(title, options) {
  const { document } = parseHTML("<html><body></body></html>");
  const style = { fontSize: "13px", background: "none", color: "currentColor" };
  const svg = Plot.plot({ document, width, style, color: { scheme: "Observable10" }, ...options });
  // The view box alone: the page's style gives the width.
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  return { title, svg: svg.outerHTML };
}

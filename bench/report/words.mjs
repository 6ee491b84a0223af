// Figures and goals in words, the same in the terminal, in Markdown and on the page.

const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** @param {number | undefined} value */
export const figure = (value) => (value === undefined || Number.isNaN(value) ? "–" : number.format(value));

/** @param {number | undefined} ratio */
export const times = (ratio) => (ratio === undefined ? "" : `${figure(ratio)}×`);

/** @param {import("../harness/types.mjs").Result} result */
export const spread = ({ samples, minimum, maximum }) => (samples.length === 0 ? "" : `${figure(minimum)} – ${figure(maximum)}`);

/** @param {import("../goals.mjs").Goal} goal */
export function goalInWords({ row, peer, against, againstRow, atLeast, atMost }) {
  const bound = atLeast === undefined ? `≤ ${figure(atMost)}` : `≥ ${figure(atLeast)}`;
  const place = againstRow === undefined ? "" : ` in ${againstRow}`;
  return `${row}: ${peer} ${bound}${against === undefined ? "" : `× ${against}${place}`}`;
}

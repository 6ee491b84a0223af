// Medians and quantiles of small samples.

/** @param {readonly number[]} values */
export function median(values) {
  return quantileOf(values.toSorted(ascending), 0.5);
}

/**
 * @param {readonly number[]} sorted in rising order
 * @param {number} quantile 0 to 1
 */
export function quantileOf(sorted, quantile) {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * quantile;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

export const ascending = (left, right) => left - right;

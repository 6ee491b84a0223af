// How much may be in one message, as far as the codec itself sets bounds.
import type { ValueLimits } from "../core/values.ts";

/** Values are written and read level in level, and a stack bears no more: 1,700 levels were seen to overflow one. */
const MOST_LEVELS = 1000;

/** Of a writer that nobody has told of limits. */
export const UNLIMITED: ValueLimits = {
  text: Number.POSITIVE_INFINITY,
  binary: Number.POSITIVE_INFINITY,
  depth: MOST_LEVELS,
  nodes: Number.POSITIVE_INFINITY,
};

/** What a user has set, as far as it can be. */
export function bounded({ text, binary, depth, nodes }: ValueLimits): ValueLimits {
  return { text, binary, depth: Math.min(depth, MOST_LEVELS), nodes };
}

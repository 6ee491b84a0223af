// V8 gives `{}` room for four members, and turns an object that grows twelve beyond its room by names
// known only at run time into a hash table, which is slower ever after. Objects with many members
// therefore begin with room for them.

type WideObject = new (fill: boolean) => Record<string, unknown>;

const Wide = function (this: Record<string, unknown>, fill: boolean) {
  // Never true outside of this file: V8 counts the assignments that it sees here.
  if (!fill) return;
  this["a"] = this["b"] = this["c"] = this["d"] = this["e"] = this["f"] = this["g"] = this["h"] = 0;
  this["i"] = this["j"] = this["k"] = this["l"] = this["m"] = this["n"] = this["o"] = this["p"] = 0;
  this["q"] = this["r"] = this["s"] = this["t"] = this["u"] = this["v"] = this["w"] = this["x"] = 0;
} as unknown as WideObject;
// What it makes are plain objects, to whomever looks.
Object.defineProperty(Wide, "prototype", { value: Object.prototype });

// V8 takes back the room that the first few of its objects did not use.
for (let count = 0; count < 16; count += 1) new Wide(true);

/** From so many members on it pays. */
export const WIDE_FROM = 13;

export function wideObject(): Record<string, unknown> {
  return new Wide(false);
}

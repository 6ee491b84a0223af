// Text that comes in pieces, as whole lines.

/** A line without an end is given up, or passed on, when it is this long. */
const LONGEST = 64 * 1024;

export interface LineSplitter {
  /** The lines that the text completes; one that grows too long is cut. */
  push(text: string): string[];
  /** What is left of a last line without an end. */
  end(): string[];
}

export function createLineSplitter(): LineSplitter {
  let rest = "";
  return {
    push(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LONGEST) {
        lines.push(rest);
        rest = "";
      }
      return lines;
    },
    end() {
      const last = rest;
      rest = "";
      return last === "" ? [] : [last];
    },
  };
}

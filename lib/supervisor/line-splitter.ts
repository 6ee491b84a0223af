// Text that comes in pieces, as whole lines.

/** A line without an end is given up, or passed on, when it is this long. */
const LONGEST = 64 * 1024;

/** What it answers are the lines that the text completes; a line that grows too long is cut. */
export function createLineSplitter(): (text: string) => string[] {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) {
      lines.push(rest);
      rest = "";
    }
    return lines;
  };
}

// Where a reference was made, for `traceReferences`: what of the stack is not this library's own.

/** Deep enough to get out of the library. */
const DEPTH = 50;
const LIBRARY: string = new URL("..", import.meta.url).pathname;

/** The user's frames, the innermost first; where there are none, `how` it came about. */
export function traceOf(how: string): string {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  Error.captureStackTrace(holder, traceOf);
  Error.stackTraceLimit = limit;
  const frames = (holder.stack ?? "").split("\n").slice(1);
  const outside = frames.filter((frame) => !frame.includes(LIBRARY) && !frame.includes("(node:"));
  return outside.length === 0 ? `    (${how})` : outside.join("\n");
}

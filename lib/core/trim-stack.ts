// Takes the frames of this library from the far half of a stack, so that the far member's own are what is read.

/** Members are called by invoke.ts alone: from there on outwards, all frames are the library's. */
const INVOKE: string = new URL("./invoke.", import.meta.url).pathname;

export function trimStack(stack: string): string {
  const at = stack.indexOf(INVOKE);
  if (at === -1) return stack;
  const line = stack.lastIndexOf("\n", at);
  return line === -1 ? stack : stack.slice(0, line);
}

// Takes the frames of this library from the far half of a stack, so that the far member's own are what is read.

/** Where this library's files are: those of the core, or the chunks that they are bundled into. */
const HERE: string = new URL(".", import.meta.url).pathname;

/** Cuts off the outermost frames of the library, which called the member, and what called them. */
export function trimStack(stack: string): string {
  const lines = stack.split("\n");
  let cut = lines.length;
  while (cut > 0 && !lines[cut - 1]!.includes(HERE)) cut -= 1;
  if (cut === 0) return stack;
  while (cut > 0 && lines[cut - 1]!.includes(HERE)) cut -= 1;
  return lines.slice(0, cut).join("\n");
}

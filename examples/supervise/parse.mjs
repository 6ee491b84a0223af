// Parses a story. One story in a hundred makes it throw later, where nobody can catch it.
export function parse(text) {
  const [title, ...lines] = text.split("\n");
  if (Math.random() < 0.01) setImmediate(() => explode(title));
  return { title, words: lines.join(" ").split(" ") };
}

function explode(title) {
  throw new SyntaxError(`cannot make sense of "${title}"`);
}

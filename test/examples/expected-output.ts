// What an example says that it prints: the lines of the comment that begins with "// Prints:". In it, "…"
// stands for any text of a line, and alone on a line for any lines.

/** Undefined when the source makes no such promise. */
export function promisedOutput(source: string): RegExp | undefined {
  const [, comment] = /^\/\/ Prints:\n((?:\/\/.*\n)+)/m.exec(source) ?? [];
  return comment === undefined
    ? undefined
    : toPattern(
        comment
          .replaceAll(/^\/\/ ?/gm, "")
          .split("\n")
          .slice(0, -1),
      );
}

export function toPattern(lines: readonly string[]): RegExp {
  const patterns = lines.map((line) => (line.trim() === "…" ? "(?:.*\n)*" : `${line.trimEnd().split("…").map(escape).join(".*")} *\n`));
  return new RegExp(`^${patterns.join("")}$`);
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}

// Finds the JavaScript in a Markdown page and puts it together as the programs that a reader would have. A block
// says what it is where it begins:
//
//   ```js            and a first line `// math.js`: a file, for the programs that follow on this page
//   ```js run        a program; it may be a file as well
//   ```js then       goes on with the program above, in a scope of its own
//
// A program promises what it prints in comments behind `console.log(…)`: `// 3`, or `// 1, then 2` where the line
// prints more than once; "…" stands for any text.

export interface Program {
  /** Where it begins, for the title of its test: the heading above it and its line. */
  readonly title: string;
  readonly name: string;
  readonly source: string;
  /** What the page's files hold when the program runs, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** What it prints, line by line, with "…" for any text. */
  readonly prints: readonly string[];
}

export interface Block {
  /** What stands behind the three backticks: `js run`. */
  readonly info: string;
  readonly code: string;
  /** Number of the line in the page, from 1. */
  readonly line: number;
  readonly heading: string;
}

export function programsOf(page: string): Program[] {
  const programs: Program[] = [];
  const files = new Map<string, string>();
  for (const { info, code, line, heading } of blocksOf(page)) {
    const [language, word] = info.split(" ");
    if (language !== "js") continue;
    const name = fileNameOf(code);
    const last = programs.at(-1);
    if (word === "then") {
      if (last === undefined) throw new Error(`Line ${line}: there is no program to go on with`);
      programs.splice(-1, 1, goOn(last, code, new Map(files)));
    } else {
      if (name !== undefined) files.set(name, code);
      if (word === "run") {
        programs.push({
          title: `${heading}, line ${line}`,
          name: name ?? "program.mjs",
          source: code,
          files: new Map(files),
          prints: promises(code),
        });
      }
    }
  }
  return programs;
}

/** Fenced blocks, those inside of lists too. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let heading = "";
  const lines = page.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    heading = /^#+ (.*)/.exec(line)?.[1] ?? heading;
    const [, indent, info] = /^( *)```(.*)$/.exec(line) ?? [];
    if (indent === undefined || info === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, index + 1);
    if (end === -1) throw new Error(`Line ${index + 1}: the block does not end`);
    const code = lines
      .slice(index + 1, end)
      .map((text) => `${text.slice(indent.length)}\n`)
      .join("");
    blocks.push({ info, code, line: index + 1, heading });
    index = end;
  }
  return blocks;
}

/** `math.js`, where the first line is `// math.js`. */
export function fileNameOf(code: string): string | undefined {
  return /^\/\/ ([\w./-]+\.[cm]?[jt]s)\n/.exec(code)?.[1];
}

function goOn(program: Program, code: string, files: ReadonlyMap<string, string>): Program {
  const imports = code.match(/^import .*\n/gm) ?? [];
  const body = code.replaceAll(/^import .*\n/gm, "");
  return { ...program, files, source: `${imports.join("")}${program.source}{\n${body}}\n`, prints: [...program.prints, ...promises(code)] };
}

function promises(code: string): string[] {
  const lines = code.split("\n").filter((line) => line.includes("console.log("));
  return lines.flatMap((line) => {
    const [, promise] = /\/\/ (.*)$/.exec(line) ?? [];
    if (promise === undefined) throw new Error(`What does this line print? ${line}`);
    return promise.split(", then ");
  });
}

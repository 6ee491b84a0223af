// How programs are put together from the blocks of a page.
import { expect, it } from "vitest";
import { programsOf } from "./code-blocks.ts";

const page = `
# Title
\`\`\`js
// math.js
export const one = 1;
\`\`\`
## First
\`\`\`js run
// main.js
import { one } from "./math.js";
console.log(one); // 1
for (const n of [1, 2]) console.log("n", n); // n 1, then n 2
\`\`\`
\`\`\`js then
import { two } from "./two.js";
const one = two; console.log(one); // …
\`\`\`
\`\`\`sh
npm install
\`\`\`
`;

it("names files, starts programs, goes on with them, and knows what they print", () => {
  const [program, ...others] = programsOf(page);
  expect(others).toEqual([]);
  expect(program?.title).toBe("First, line 8");
  expect(program?.name).toBe("main.js");
  expect(program?.files.get("math.js")).toBe("// math.js\nexport const one = 1;\n");
  expect(program?.source).toMatch(/^import \{ two \}/);
  expect(program?.source).toMatch(/\{\nconst one = two; console.log\(one\); \/\/ …\n\}\n$/);
  expect(program?.prints).toEqual(["1", "n 1", "n 2", "…"]);
});

it("refuses a line that prints without saying what", () => {
  expect(() => programsOf("```js run\nconsole.log(1);\n```\n")).toThrow("What does this line print?");
  expect(() => programsOf("```js then\nconsole.log(1); // 1\n```\n")).toThrow("no program to go on with");
  expect(() => programsOf("```js run\n")).toThrow("does not end");
});

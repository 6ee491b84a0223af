import { describe, expect, it } from "vitest";
import { inheritedExecArgv } from "../../lib/spawn/exec-argv.ts";

describe("inheritedExecArgv", () => {
  it.each<[string, string[], string[]]>([
    [
      "keeps what concerns every process",
      ["--import", "tsx", "--max-old-space-size=100", "-r", "x"],
      ["--import", "tsx", "--max-old-space-size=100", "-r", "x"],
    ],
    ["leaves out a debugger's port", ["--inspect", "--inspect-brk=9229", "--inspect-port=0", "--no-warnings"], ["--no-warnings"]],
    ["leaves out the program's text", ["--input-type=module", "-e", "code()", "--no-warnings"], ["--no-warnings"]],
    ["leaves out the program's text in one argument", ["--eval=code()", "-p", "1 + 1"], []],
    ["leaves out how the program is run", ["--test", "--watch", "--check", "-i", "--test-reporter=tap"], []],
  ])("%s", (_, own, inherited) => {
    expect(inheritedExecArgv(own)).toEqual(inherited);
  });
});

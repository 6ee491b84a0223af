import { describe, expect, test } from "vitest";
import { type Command, HELP, parseCommand, UsageError } from "../../lib/cli/arguments.ts";

describe("what is typed", () => {
  test.each<[string, Command]>([
    ["", { name: "help" }],
    ["--help", { name: "help" }],
    ["top -h", { name: "help" }],
    ["help", { name: "help" }],
    ["--version", { name: "version" }],
    ["top shop", { name: "top", socket: "shop", interval: 1_000, once: false }],
    ["top --interval 250 --once ./a.sock", { name: "top", socket: "./a.sock", interval: 250, once: true }],
    ["tree shop", { name: "tree", socket: "shop", json: false }],
    ["tree shop --json", { name: "tree", socket: "shop", json: true }],
    ["restart shop web#1", { name: "restart", socket: "shop", path: "web#1" }],
    ["reload shop jobs/mail", { name: "reload", socket: "shop", path: "jobs/mail" }],
    ["stop shop web", { name: "stop", socket: "shop", path: "web" }],
  ])("nearcall %s", (line, command) => {
    expect(parseCommand(line.split(" ").filter((word) => word !== ""))).toEqual(command);
  });

  test.each<[string, string]>([
    ["tops shop", 'There is no command "tops"; there are top, tree, restart, reload and stop.'],
    ["top", "nearcall top needs <socket>."],
    ["restart shop", "nearcall restart needs <child>."],
    ["top shop more", 'nearcall top does not know what to do with "more".'],
    ["stop shop a b", 'nearcall stop does not know what to do with "b".'],
    ["top shop --json", "nearcall top takes no --json."],
    ["tree shop --once", "nearcall tree takes no --once."],
    ["reload shop web --json", "nearcall reload takes no --json."],
    ["top shop --interval soon", '--interval must be a number of at least 100 (ms), not "soon".'],
    ["top shop --interval 5", '--interval must be a number of at least 100 (ms), not "5".'],
  ])("nearcall %s is refused", (line, message) => {
    expect(() => parseCommand(line.split(" "))).toThrow(new UsageError(message));
  });

  test("an option that there is not is refused, and named", () => {
    expect(() => parseCommand(["top", "shop", "--fast"])).toThrow(/--fast/u);
  });

  test("the help names every command and option, in 80 columns", () => {
    for (const word of ["top", "tree", "restart", "reload", "stop", "--interval", "--once", "--json", "--version"])
      expect(HELP).toContain(word);
    for (const line of HELP.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

import { expect, it } from "vitest";
import { invoke, type InvokePolicy } from "../../lib/core/invoke.ts";
import { trimStack } from "../../lib/core/trim-stack.ts";

const policy: InvokePolicy = {
  fields: false,
  writable: false,
  constructed: () => {},
  isPlatformPrototype: (prototype) => prototype === Object.prototype,
  isModule: () => false,
  isMarked: () => false,
  isEmitter: () => false,
};

it("leaves the member's own frames and none of the library's", () => {
  const api = {
    inner(): never {
      throw new Error("no");
    },
    outer(): void {
      api.inner();
    },
  };
  let stack = "";
  try {
    invoke(api, "call", ["outer"], [], policy);
  } catch (error) {
    stack = (error as Error).stack ?? "";
  }
  expect(stack).toContain("core/invoke");
  const lines = trimStack(stack).split("\n");
  expect(lines[0]).toBe("Error: no");
  expect(lines[1]).toContain("inner");
  expect(lines[2]).toContain("outer");
  expect(lines).toHaveLength(3);
});

it("leaves a stack alone that has none", () => {
  const stack = "Error: no\n    at elsewhere (file:///elsewhere.js:1:1)";
  expect(trimStack(stack)).toBe(stack);
});

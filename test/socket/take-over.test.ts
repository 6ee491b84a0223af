import { describe, expect, it } from "vitest";
import { nextStep } from "../../lib/socket/take-over.ts";
import type { Standing, Step } from "../../lib/socket/take-over.ts";

describe("nextStep", () => {
  it.each<[Standing, boolean, boolean, Step]>([
    ["nothing", false, false, "publish"],
    ["nothing", false, true, "publish"],
    ["dead", true, false, "replace"],
    ["dead", false, false, "replace"],
    ["alive", true, false, "already-owned"],
    ["alive", false, false, "already-owned"],
    ["alive", true, true, "replace"],
    ["alive", false, true, "not-ours"],
    ["forbidden", false, false, "not-ours"],
    ["forbidden", false, true, "not-ours"],
    ["other", true, true, "not-a-socket"],
    ["other", false, false, "not-a-socket"],
  ])("of a name that is %s (mine: %s, replace: %s) is to %s", (standing, isMine, replace, step) => {
    expect(nextStep(standing, isMine, replace)).toBe(step);
  });
});

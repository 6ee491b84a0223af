import { describe, expect, test } from "vitest";
import { draw, FIRST_SCREEN, press, type Screen, type Wish } from "../../lib/cli/top-screen.ts";
import { node, shop } from "./tree.ts";

const start: Screen = { ...FIRST_SCREEN, tree: shop, notice: "" };
const size = { columns: 120, rows: 24 };

function type(keys: string[], from: Screen = start): { screen: Screen; wishes: Wish[] } {
  const wishes: Wish[] = [];
  let screen = from;
  for (const key of keys) {
    const next = press(screen, key);
    screen = next.screen;
    if (next.wish !== undefined) wishes.push(next.wish);
  }
  return { screen, wishes };
}

function lines(screen: Screen, rows = 24): string[] {
  return draw(screen, { ...size, rows }, (line) => `>${line}`).split("\n");
}

describe("the live view", () => {
  test("says so while there is nothing to show", () => {
    expect(draw(FIRST_SCREEN, size, (line) => line)).toBe("connecting…");
  });

  test("moves the mark by arrows and by j and k, and stops at the ends", () => {
    expect(type(["down", "j", "down"]).screen.selected).toBe("jobs/mail#1");
    expect(type(["down", "down", "k", "up", "up"]).screen.selected).toBe("");
    expect(type(Array.from({ length: 20 }, () => "down")).screen.selected).toBe("last");
  });

  test("shows the mark, and how the marked one ended last", () => {
    const shown = lines(type(["down"]).screen);
    expect(shown[2]).toMatch(/^>├─ web#1/u);
    expect(shown.at(-2)).toBe("last: web#1 crashed with code 1 after 3.0 s");
    expect(shown.at(-1)).toMatch(/q quit$/u);
  });

  test.each([
    ["r", "restart"],
    ["l", "reload"],
    ["s", "stop"],
  ])("%s asks before it does %s", (key, action) => {
    const { screen, wishes } = type(["down", key]);
    expect(wishes).toEqual([]);
    expect(lines(screen).at(-1)).toBe(`${action} web#1? y/n`);
    expect(type(["y"], screen).wishes).toEqual([{ type: "act", action, path: "web#1" }]);
    expect(type(["n", "y"], screen).wishes).toEqual([]);
    expect(type(["down"], screen).screen.selected).toBe("web#1");
  });

  test("gives no command to the root", () => {
    const { screen, wishes } = type(["s", "y"]);
    expect(wishes).toEqual([]);
    expect(screen.notice).toMatch(/^Choose a child first/u);
  });

  test("ends by q and by ctrl-c, also in the middle of a question", () => {
    expect(type(["q"]).wishes).toEqual([{ type: "quit" }]);
    expect(type(["down", "s", "ctrl-c"]).wishes).toEqual([{ type: "quit" }]);
  });

  test("shows the part of a long tree around the mark", () => {
    const long = node("root", { path: "", children: Array.from({ length: 50 }, (_, at) => node(`c${at}`)) });
    const screen = { ...start, tree: long, selected: "c30" };
    const shown = lines(screen, 15);
    expect(shown).toHaveLength(13);
    expect(shown.filter((line) => line.startsWith(">"))).toEqual([expect.stringMatching(/c30 /u)]);
    expect(lines({ ...screen, selected: "c49" }, 15).some((line) => line.startsWith(">└─ c49"))).toBe(true);
  });

  test("keeps its mark when the tree changes, and falls back to the root when that child is gone", () => {
    const { screen } = type(["down"]);
    const without = { ...screen, tree: { ...shop, children: [] } };
    expect(lines(without)[1]).toMatch(/^>shop/u);
  });
});

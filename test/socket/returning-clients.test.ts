import { expect, it } from "vitest";
import { Replays } from "../../lib/core/replays.ts";
import { ReturningClients } from "../../lib/socket/returning-clients.ts";

it("knows a client again by the token of its connection before, whether that is closed or not", () => {
  const clients = new ReturningClients();
  const [first, second, third] = [clients.issue(), clients.issue(), clients.issue()];
  const known = clients.welcome(first, undefined);
  known.begin("1");
  expect(clients.welcome(second, first)).toBe(known);
  clients.left(first);
  clients.left(second);
  expect(clients.welcome(third, second)).toBe(known);
  expect(clients.welcome(clients.issue(), first)).not.toBe(known);
});

it("knows nobody by a token that was never given, and forgets clients that left nothing", () => {
  const clients = new ReturningClients();
  const [first, second] = [clients.issue(), clients.issue()];
  const known = clients.welcome(first, "guessed");
  clients.left(first);
  expect(clients.welcome(second, first)).not.toBe(known);
});

it("remembers a thousand clients that have left, the last ones", () => {
  const clients = new ReturningClients();
  const tokens = Array.from({ length: 1_001 }, () => clients.issue());
  const known = tokens.map((token) => {
    const replays = clients.welcome(token, undefined);
    replays.begin("1");
    return replays;
  });
  for (const token of tokens) clients.left(token);
  expect(clients.welcome(clients.issue(), tokens[0])).not.toBe(known[0]);
  expect(clients.welcome(clients.issue(), tokens[1])).toBe(known[1]);
});

it("remembers 256 answers, for a minute", () => {
  let now = 0;
  const replays = new Replays(() => now);
  for (let key = 0; key < 257; key += 1) replays.begin(String(key));
  expect([replays.get("0"), replays.size]).toEqual([undefined, 256]);
  expect(replays.get("256")).toBeDefined();
  now = 60_001;
  expect([replays.get("256"), replays.size]).toEqual([undefined, 0]);
});

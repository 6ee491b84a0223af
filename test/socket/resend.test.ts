import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DisposedError, PeerLostError, RpcError } from "../../lib/core/errors.ts";
import type { CallPhase } from "../../lib/core/errors.ts";
import { mayResend } from "../../lib/socket/resend.ts";

const lost = (phase: CallPhase): PeerLostError => new PeerLostError("lost", { reason: "killed", phase });

describe("mayResend", () => {
  it.each<[CallPhase, boolean | undefined, boolean]>([
    ["unsent", undefined, true],
    ["unsent", true, true],
    ["sent", undefined, false],
    ["sent", false, false],
    ["sent", true, true],
    ["accepted", undefined, false],
    ["accepted", true, true],
  ])("of a call that was %s, idempotent: %s, is %s", (phase, idempotent, answer) => {
    const options = idempotent === undefined ? undefined : { idempotent };
    expect(mayResend({ options, repeatable: true, attempts: 1 }, lost(phase), 5)).toBe(answer);
  });

  it("never sends again what carries references or streams, or what was ended here, or what a peer claims", () => {
    const call = { options: { idempotent: true }, repeatable: true, attempts: 1 };
    expect(mayResend({ ...call, repeatable: false }, lost("unsent"), 5)).toBe(false);
    expect(mayResend(call, new DisposedError("closed"), 5)).toBe(false);
    expect(mayResend(call, Object.assign(new RpcError("ERR_PEER_LOST", "lost", { remote: true }), { phase: "unsent" }), 5)).toBe(false);
    expect(mayResend(call, undefined, 5)).toBe(false);
  });

  it("gives up on a call with which one connection after the other is lost", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), (attempts, maxAttempts) => {
        expect(mayResend({ options: { idempotent: true }, repeatable: true, attempts }, lost("sent"), maxAttempts)).toBe(
          attempts < maxAttempts,
        );
        expect(mayResend({ options: undefined, repeatable: true, attempts }, lost("unsent"), maxAttempts)).toBe(true);
      }),
    );
  });
});

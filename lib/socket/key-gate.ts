// Proof of a shared secret, both ways, before anything else is said: each side sends a challenge in its hello and
// answers the other's with an HMAC over both. The secret itself never crosses.
import { RpcError } from "../core/errors.ts";
import type { Hello } from "../core/messages.ts";
import { crypto } from "../node/seldom.ts";

/** A shared secret. Text is taken as UTF-8. */
export type Key = string | Uint8Array;

/** With fewer bytes, whoever heard an answer could find the key by trying. */
const SHORTEST = 16;

export interface KeyGate {
  readonly challenge: string;
  answer(challenge: string): string;
  /** @throws RpcError `ERR_AUTHENTICATION` */
  admit(hello: Hello, answer: string | undefined): boolean;
}

/** For one connection. `side` is in the answer, so that nobody gets one by asking the question back. */
export function keyGate(key: Key, side: "listens" | "connects"): KeyGate {
  const secret = bytesOf(key);
  const challenge = crypto().randomBytes(32).toString("base64url");
  const answerOf = (who: string, asked: string, own: string): Buffer =>
    crypto()
      .createHmac("sha256", secret)
      .update(JSON.stringify(["nearcall key 1", who, asked, own]))
      .digest();
  const otherSide = side === "listens" ? "connects" : "listens";
  return {
    challenge,
    answer: (asked) => answerOf(side, asked, challenge).toString("base64url"),
    admit(hello, answer) {
      if (hello.challenge === undefined)
        throw new RpcError("ERR_AUTHENTICATION", "The far side did not ask for a proof of the key. Pass the same key on both sides");
      const expected = answerOf(otherSide, challenge, hello.challenge);
      const given = Buffer.from(answer ?? "", "base64url");
      if (given.length !== expected.length || !crypto().timingSafeEqual(given, expected)) {
        throw new RpcError("ERR_AUTHENTICATION", "The far side has another key. Pass the same key on both sides");
      }
      return true;
    },
  };
}

/** @throws RpcError `ERR_KEY` when it is no key, or too short to be one */
export function checkKey(key: Key): void {
  bytesOf(key);
}

function bytesOf(key: Key): Uint8Array {
  const bytes = typeof key === "string" ? Buffer.from(key) : key;
  if (!(bytes instanceof Uint8Array)) throw new RpcError("ERR_KEY", `A key is a string or bytes, not ${typeof key}`);
  if (bytes.byteLength < SHORTEST) {
    throw new RpcError(
      "ERR_KEY",
      `A key has at least ${SHORTEST} bytes, and this one has ${bytes.byteLength}. createKeyFile(path) makes one`,
    );
  }
  return bytes;
}

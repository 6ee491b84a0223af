// What is said before anything else: each side's hello, and where it is asked for, the proof of a shared secret.
// Only when both are satisfied do calls pass.
import { ProtocolError, RpcError } from "./errors.ts";
import { type Hello, PROTOCOL_VERSION } from "./messages.ts";

/** Decides on the far side before it is let in. */
export interface Gate {
  /** Goes into this side's hello; the far side must answer it. Empty: it need only wait until `admit` has decided, which may take time. */
  readonly challenge?: string;
  /** Answers the far side's challenge. */
  answer?(challenge: string): string;
  /** Decides on the far side: false, or what it throws, ends the connection. */
  admit?(hello: Hello, answer: string | undefined): boolean | Promise<boolean>;
}

export interface HandshakeParts {
  readonly label: string;
  readonly gate: Gate | undefined;
  readonly sayAuth: (data: unknown) => void;
  /** Both sides are satisfied. */
  readonly onOpen: (hello: Hello) => void;
  /** The far side will not go on; what follows is why. */
  readonly onRefusing: () => void;
  /** The far side is not let in, and is told why. */
  readonly onRefused: (error: Error) => void;
}

/** Answers to challenges are short. */
const LONGEST_ANSWER = 1024;

export class Handshake {
  hello: Hello | undefined;
  open = false;
  readonly #parts: HandshakeParts;
  #answered = false;
  /** The far side asked for a proof and has not said that it is satisfied. */
  #awaitsWelcome = false;
  #admitted = false;

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
  }

  onHello(hello: Hello): void {
    if (this.hello !== undefined) throw new ProtocolError("The far side said hello twice");
    this.hello = hello;
    if (hello.version !== PROTOCOL_VERSION) {
      throw new ProtocolError(
        `The far side speaks version ${hello.version} of the protocol and this side version ${PROTOCOL_VERSION}. Use the same version of nearcall on both sides.`,
      );
    }
    if (hello.refusing === true) return this.#parts.onRefusing();
    if (hello.challenge !== undefined) this.#answerChallenge(hello.challenge);
    // An empty challenge asks for no proof, only for patience until this side has decided.
    if (!this.#parts.gate?.challenge) this.#admit(hello, undefined);
  }

  onAuth(data: unknown): void {
    const { hello } = this;
    if (hello === undefined || typeof data !== "object" || data === null) throw new ProtocolError("A proof came out of turn");
    const { answer, welcome } = data as { answer?: unknown; welcome?: unknown };
    if (typeof answer === "string" && answer.length <= LONGEST_ANSWER) {
      if (this.#answered || !this.#parts.gate?.challenge) throw new ProtocolError("A proof came that nobody asked for");
      this.#answered = true;
      this.#admit(hello, answer);
    } else if (welcome === true && this.#awaitsWelcome) {
      this.#awaitsWelcome = false;
      this.#openIfDone(hello);
    } else {
      throw new ProtocolError("A proof cannot be understood");
    }
  }

  #answerChallenge(challenge: string): void {
    this.#awaitsWelcome = true;
    if (challenge === "") return;
    const { gate, label, sayAuth, onRefused } = this.#parts;
    if (gate?.answer === undefined)
      onRefused(new RpcError("ERR_AUTHENTICATION", `${label} asks for a key. Pass the same key on both sides: connect(path, { key }).`));
    else sayAuth({ answer: gate.answer(challenge) });
  }

  #admit(hello: Hello, answer: string | undefined): void {
    const { gate, onRefused, label } = this.#parts;
    const refused = (): void =>
      onRefused(new RpcError("ERR_AUTHENTICATION", `${label} was not let in: the proof or the credentials were not accepted.`));
    const decide = (admitted: boolean): void => {
      if (!admitted) return refused();
      this.#admitted = true;
      if (gate?.challenge !== undefined) this.#parts.sayAuth({ welcome: true });
      this.#openIfDone(hello);
    };
    try {
      const decision = gate?.admit?.(hello, answer) ?? true;
      if (typeof decision === "boolean") decide(decision);
      else decision.then(decide, (error: unknown) => onRefused(asError(error)));
    } catch (error) {
      onRefused(asError(error));
    }
  }

  #openIfDone(hello: Hello): void {
    if (this.open || !this.#admitted || this.#awaitsWelcome) return;
    this.open = true;
    this.#parts.onOpen(hello);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new RpcError("ERR_AUTHENTICATION", String(error));
}

// By what clients are known that come back to a server: a token that it gave them with the connection before, which
// nobody can guess. What is remembered of them is what their calls with a key were answered.
import { Replays } from "../core/replays.ts";
import { crypto } from "../node/seldom.ts";

/** How many clients are remembered that have left. */
const MOST = 1_000;

export class ReturningClients {
  readonly #connected = new Map<string, Replays>();
  /** By the token of their last connection, oldest first. */
  readonly #gone = new Map<string, Replays>();

  /** A token for a new connection. */
  issue(): string {
    return crypto().randomUUID();
  }

  /**
   * The client of the connection with `token` is let in.
   *
   * @param former the token of its connection before, which it may still have: it is the client that knows of the loss
   */
  welcome(token: string, former: string | undefined): Replays {
    const known = former === undefined ? undefined : (this.#gone.get(former) ?? this.#connected.get(former));
    if (former !== undefined) {
      this.#gone.delete(former);
      this.#connected.delete(former);
    }
    const replays = known ?? new Replays(() => performance.now());
    this.#connected.set(token, replays);
    return replays;
  }

  left(token: string): void {
    const replays = this.#connected.get(token);
    if (replays === undefined || !this.#connected.delete(token) || replays.size === 0) return;
    this.#gone.set(token, replays);
    for (const oldest of this.#gone.keys()) {
      if (this.#gone.size <= MOST) return;
      this.#gone.delete(oldest);
    }
  }
}

// A name in the file system that leads to sockets of this process, for as long as it is kept: removed by somebody,
// it is published again; taken by another process, its loss is told.
import type { Server, Socket } from "node:net";
import { AlreadyOwnedError } from "../core/errors.ts";
import { accept, stopAccepting } from "./accept.ts";
import { fullJitter } from "./backoff.ts";
import { claim, disclaim, isOurs, standingAt } from "./claim.ts";
import type { Identity } from "./claim.ts";
import { watchName } from "./watch-name.ts";

export interface PublishedNameParts {
  readonly path: string;
  readonly mode: number;
  readonly backlog: number;
  readonly replace: boolean;
  readonly patience: number;
  onSocket(socket: Socket): void;
  /** Something else stands at the name: nobody will find us by it any more. */
  onLost(): void;
  onError(error: unknown): void;
  askPid(): Promise<number | undefined>;
}

/** Between attempts to publish again, in ms. */
const RETRY = { first: 100, longest: 30_000 };

export class PublishedName {
  readonly #parts: PublishedNameParts;
  #server: Server;
  #identity: Identity;
  #stopWatching: () => void = () => {};
  #isGivenUp = false;
  /** Publishing again, or waiting to try. */
  #restoring: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isReferenced = true;

  static async claim(parts: PublishedNameParts): Promise<PublishedName> {
    return new PublishedName(parts, await listenAt(parts, parts.replace));
  }

  private constructor(parts: PublishedNameParts, { server, identity }: Listening) {
    this.#parts = parts;
    this.#server = server;
    this.#identity = identity;
    this.#watch();
  }

  /** The name is removed, unless it is another's by now; those who found us by it are still accepted. */
  async close(): Promise<void> {
    this.#giveUp();
    await this.#restoring;
    await this.#letGo(this.#server, this.#identity);
  }

  ref(): void {
    this.#isReferenced = true;
    this.#server.ref();
  }

  unref(): void {
    this.#isReferenced = false;
    this.#server.unref();
  }

  #watch(): void {
    this.#stopWatching();
    this.#stopWatching = watchName(this.#parts.path, () => this.#check());
    // It may have happened before.
    this.#check();
  }

  #check(): void {
    if (this.#isGivenUp || this.#restoring !== undefined || isOurs(this.#parts.path, this.#identity)) return;
    this.#restoring = this.#restore(0);
  }

  async #restore(attempt: number): Promise<void> {
    const { path, onError } = this.#parts;
    try {
      const standing = await standingAt(path);
      if (this.#isGivenUp) return;
      if (standing !== "nothing" && standing !== "dead") this.#lose();
      else await this.#publishAgain();
    } catch (error) {
      if (error instanceof AlreadyOwnedError) this.#lose();
      else onError(error);
      if (this.#isGivenUp) return;
      this.#retry = setTimeout(() => (this.#restoring = this.#restore(attempt + 1)), fullJitter(attempt, RETRY)).unref();
    }
  }

  async #publishAgain(): Promise<void> {
    const { server, identity } = await listenAt(this.#parts, false);
    if (this.#isGivenUp) {
      await this.#letGo(server, identity);
      return;
    }
    const before = this.#server;
    this.#server = server;
    this.#identity = identity;
    if (!this.#isReferenced) server.unref();
    this.#restoring = undefined;
    this.#watch();
    await stopAccepting(before);
  }

  async #letGo(server: Server, identity: Identity): Promise<void> {
    try {
      await disclaim(this.#parts.path, identity, this.#parts.patience);
    } catch (error) {
      // It stays, leading nowhere, and whoever comes next replaces it.
      this.#parts.onError(error);
    }
    await stopAccepting(server);
  }

  #lose(): void {
    if (this.#isGivenUp) return;
    this.#giveUp();
    this.#parts.onLost();
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    this.#stopWatching();
    clearTimeout(this.#retry);
  }
}

interface Listening {
  readonly server: Server;
  readonly identity: Identity;
}

async function listenAt(parts: PublishedNameParts, replace: boolean): Promise<Listening> {
  let server: Server | undefined;
  const listen = async (path: string): Promise<void> => {
    server = await accept({ at: { path }, backlog: parts.backlog, onSocket: parts.onSocket, onError: parts.onError });
  };
  try {
    const identity = await claim({ ...parts, replace, listen });
    return { server: server!, identity };
  } catch (error) {
    server?.close();
    throw error;
  }
}

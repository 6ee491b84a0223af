// A folder of our own beside the public name, which nobody else may enter, for as long as it takes to publish:
// a socket gets its mode in it before anybody can connect. It is also how others see that we live: a socket in it
// takes connections until the process lets go of it, or dies.
import { mkdirSync, rmdirSync, unlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { dirname, join } from "node:path";
import { crypto } from "../node/seldom.ts";
import { shortPath } from "./short-path.ts";

/** `<random>.<pid>`: the pid is for people and error messages, nothing is decided by it. */
const HOLDER = /^([\w-]{8})\.(\d{1,10})$/;
export const FOLDER: RegExp = /^\.nc([\w-]{8})$/;

export class PrivateFolder {
  /** Names this folder and its process in a lock. */
  readonly holder: string;
  /** Where a socket is bound before it is published. Its name is in no other folder, since Node removes it when the socket closes. */
  readonly candidate: string;
  readonly #folder: string;
  readonly #life: Server;
  readonly #waiting = new Set<Socket>();

  /** Makes the folder beside `path`. Ready when others can see that it lives. */
  static async beside(path: string): Promise<PrivateFolder> {
    const id = crypto().randomBytes(6).toString("base64url");
    const folder = join(dirname(path), `.nc${id}`);
    mkdirSync(folder, { mode: 0o700 });
    const made = new PrivateFolder(folder, id);
    try {
      await made.#listen(lifeOf(folder, id));
    } catch (error) {
      await made.remove();
      throw error;
    }
    return made;
  }

  private constructor(folder: string, id: string) {
    this.#folder = folder;
    this.holder = `${id}.${process.pid}`;
    this.candidate = join(folder, `${id}s`);
    this.#life = createServer((socket) => {
      this.#waiting.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#waiting.delete(socket));
      socket.resume();
    });
  }

  /** Who waits for our end hears of it. */
  async remove(): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    await new Promise((resolve) => this.#life.close(resolve));
    removeFolder(this.#folder);
  }

  #listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      using short = shortPath(path);
      this.#life.once("error", reject);
      this.#life.once("listening", resolve);
      this.#life.listen({ path: short.path, exclusive: true });
    });
  }
}

/** The socket by which one sees whether a holder lives; undefined if the name is not one of ours. */
export function lifeOfHolder(path: string, holder: string): string | undefined {
  const id = HOLDER.exec(holder)?.[1];
  return id === undefined ? undefined : lifeOf(join(dirname(path), `.nc${id}`), id);
}

export function pidOfHolder(holder: string): number | undefined {
  const pid = HOLDER.exec(holder)?.[2];
  return pid === undefined ? undefined : Number(pid);
}

/** Removes what a dead holder left. */
export function removeLeftovers(path: string, holder: string): void {
  const id = HOLDER.exec(holder)?.[1];
  if (id !== undefined) removeFolder(join(dirname(path), `.nc${id}`));
}

/** The folder and the two sockets that may be in it; anything else in there was put by somebody else, and keeps it. */
export function removeFolder(folder: string): void {
  const id = folder.slice(-8);
  for (const remove of [() => unlinkSync(lifeOf(folder, id)), () => unlinkSync(join(folder, `${id}s`)), () => rmdirSync(folder)]) {
    try {
      remove();
    } catch {
      // It is not there, or not ours to remove: then it stays, and harms nobody.
    }
  }
}

export function lifeOf(folder: string, id: string): string {
  return join(folder, `${id}l`);
}

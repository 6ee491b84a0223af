// The blocking remote of whoever started this thread.
import { parentPort } from "node:worker_threads";
import { RpcError } from "../core/errors.ts";
import type { Session } from "../core/session.ts";
import type { SyncRemote } from "../core/sync-remote.ts";
import { sessionOn } from "../spawn/endpoint-sessions.ts";
import { parentOfThisThread } from "../spawn/parent.ts";
import { BlockingClient } from "./blocking-client.ts";
import { rootOf } from "./root.ts";

/**
 * For a worker thread: what the thread that started it exposes (the `api` of `spawnThread`, or `expose(api, worker)`). Its
 * calls block this thread; the parent serves them, in its event loop or while it blocks itself. To be called once the
 * module has loaded; asked for at any time.
 *
 * @throws {RpcError} `ERR_ENDPOINT`: this thread has no parent; `ERR_NOT_BLOCKING`: it is a child process, whose pipe is read
 * by its event loop
 *
 * @example
 * const parent = parentSync<{ resolve(name: string): Promise<string> }>();
 * export const load = (name: string) => readFileSync(parent.resolve(name), "utf8");
 */
export function parentSync<T = unknown>(): SyncRemote<T> {
  return rootOf(BlockingClient.of(parentSession())) as SyncRemote<T>;
}

function parentSession(): Session {
  const parent = parentOfThisThread();
  if (parent !== undefined) return parent.session();
  if (parentPort !== null) return sessionOn(parentPort, {}, true);
  throw new RpcError("ERR_ENDPOINT", "parentSync() was called in a thread that nothing started: it has no parent.");
}

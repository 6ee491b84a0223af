// What happens between a child's hello and its being ready: its `init` member is called, and it is given the state of
// the run before it.
import type { Remote } from "../../core/remote.ts";
import { describe, withOptions } from "../../core/remote-functions.ts";
import type { Session } from "../../core/session.ts";
import type { CheckedChild } from "../checked-spec.ts";
import type { StartContext } from "../child.ts";
import type { InProcessSession } from "./in-process.ts";

type Member = (...args: readonly unknown[]) => Promise<unknown>;

/** Answers whether the child said that there is nothing to run. */
export async function prepare(session: Session, { handOver, init }: CheckedChild, { args, takeState }: StartContext): Promise<boolean> {
  if (init !== undefined && (await memberOf(session, init)(...args)) === "ignore") return true;
  const state = await takeState();
  if (handOver !== undefined && state !== undefined) await memberOf(session, handOver.to, handOver.timeout)(state);
  return false;
}

/** The same for a child of this process, whose session ends where it is not ready. */
export async function prepareOrEnd({ session, end }: InProcessSession, spec: CheckedChild, context: StartContext): Promise<boolean> {
  try {
    const isIgnored = await prepare(session, spec, context);
    if (isIgnored) await end("ignored");
    return isIgnored;
  } catch (error) {
    await end("not ready");
    throw error;
  }
}

/**
 * The same for a new thread or process. Its first call takes milliseconds longer than the next; those that move over
 * at a reload shall not wait for it.
 */
export async function prepareAfresh(session: Session, spec: CheckedChild, context: StartContext): Promise<boolean> {
  // What the child refuses, it has compiled all the same.
  if (context.cause === "reload") await describe(session.connection.remote as object).catch(() => {});
  return await prepare(session, spec, context);
}

/** A member of what the child exposes, by its path: `snapshot`, `state.snapshot`. */
export function memberOf(session: Session, path: string, timeout?: number): Member {
  let member = session.connection.remote as unknown as Record<string, unknown>;
  for (const name of path.split(".")) member = member[name] as Record<string, unknown>;
  const remote = member as unknown as Remote<Member>;
  return (timeout === undefined ? remote : withOptions(remote, { timeout })) as unknown as Member;
}

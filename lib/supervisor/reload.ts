// Replaces a child without losing a call. Where two runs may exist side by side, the new one is started first;
// where not, calls wait while the one is stopped and the other started.
import type { Driver } from "./driver.ts";
import { takeState } from "./hand-over.ts";
import type { ChildRecord } from "./record.ts";
import type { Remotes } from "./remotes.ts";

/** @throws ChildStartError if the new run does not start; then the old one stays, if it could */
export async function reloadChild(driver: Driver, remotes: Remotes, id: string): Promise<void> {
  const record = driver.records.get(id);
  if (record === undefined || record.kind.overlaps) {
    await driver.reload(id);
    return;
  }
  const state = await stateOfOldRun(record, remotes);
  record.takeState = () => Promise.resolve(state);
  await driver.restart(id);
}

/** What a new run of a child is given, asked for when it is ready to take it. Undefined where nothing is handed over. */
export async function stateOfOldRun(record: ChildRecord, remotes: Remotes): Promise<unknown> {
  const { spec, current } = record;
  const session = current?.running?.session;
  if (spec.handOver === undefined || session === undefined) return undefined;
  remotes.hold(record, session);
  try {
    return await takeState(session, spec.handOver);
  } catch (error) {
    // It ended before it could say anything: the new run starts as after any failure.
    if (session.ended) return undefined;
    remotes.letGo(record, session);
    throw error;
  }
}

// The remotes of a supervisor's children, one for each id that was asked for, kept in step with their runs.
import type { ConnectionOptions } from "../core/options.ts";
import type { Session } from "../core/session.ts";
import { ChildRemote } from "./child-remote.ts";
import type { CheckedChild } from "./checked-spec.ts";
import type { Driver } from "./driver.ts";
import { RefusedError } from "./errors.ts";
import { describeExit, type ExitReport } from "./exit-report.ts";
import type { ChildRecord, LiveRun } from "./record.ts";

export class Remotes {
  readonly #remotes = new Map<string, ChildRemote>();
  readonly #driver: Driver;
  readonly #path: string;

  /** @param path the names of the supervisors down to the children, with a "/" after each */
  constructor(driver: Driver, path: string) {
    this.#driver = driver;
    this.#path = path;
    driver.observe({
      started: ({ id, group }) => this.#both(id, group).forEach((remote) => remote.expect()),
      up: (record, live) => this.#withSession(record, live, (remote, session) => remote.up(record.id, session)),
      stopping: (record, live) => this.#withSession(record, live, (remote, session) => remote.leave(record.id, session)),
      exited: (record, live, report) => this.#withSession(record, live, (remote, session) => remote.exited(record.id, session, report)),
      notReplaced: (record) => {
        const session = record.current?.running?.session;
        if (session !== undefined && record.current?.run.isStopping !== true) this.letGo(record, session);
      },
      out: (record, report) => this.#shut(record, report),
      ending: (reason) => {
        for (const remote of this.#remotes.values()) remote.refuse(`the supervisor is ending (${reason})`);
      },
    });
    void driver.ended.then(({ reason }) => {
      for (const remote of this.#remotes.values()) remote.end({ reason: `the supervisor ended (${reason})` });
    });
  }

  /** @throws RefusedError if there is no such child, or it answers no calls */
  of(id: string): ChildRemote {
    const known = this.#remotes.get(id);
    if (known !== undefined) return known;
    const members = this.#driver.members(id);
    const first = members[0] === undefined ? undefined : this.#driver.records.get(members[0]);
    if (first === undefined) throw new RefusedError("ERR_CHILD_UNKNOWN", `${this.#path} has no child "${id}"`);
    if (first.kind.type === "supervisor") {
      throw new RefusedError("ERR_NO_CALLS", `"${id}" is a supervisor; supervisor("${id}")?.remote(…) is one of its children`);
    }
    const remote = new ChildRemote({
      id,
      label: `${this.#path}${id}`,
      queue: first.spec.queue,
      options: connectionOptions(first.spec),
      stop: async () => {
        await Promise.all(this.#driver.members(id).map((one) => this.#driver.stop(one)));
      },
    });
    this.#remotes.set(id, remote);
    for (const member of members) this.#adopt(member, remote);
    return remote;
  }

  /** New calls wait, for the time that state is handed over. */
  hold({ id, group }: ChildRecord, session: Session): void {
    for (const remote of this.#both(id, group)) remote.hold(id, session);
  }

  letGo({ id, group }: ChildRecord, session: Session): void {
    for (const remote of this.#both(id, group)) remote.up(id, session);
  }

  /** Figures of calls, for ids that calls were made to. */
  known(id: string): ChildRemote | undefined {
    return this.#remotes.get(id);
  }

  #adopt(id: string, remote: ChildRemote): void {
    const record = this.#driver.records.get(id);
    const session = record?.current?.running?.session;
    if (record === undefined) return;
    if (session !== undefined && record.current?.run.isStopping !== true) remote.up(id, session);
    else if (this.#driver.stateOf(id) === "stopped") this.#shut(record, record.lastReport);
  }

  /** Only when no instance is left that may come back. */
  #shut(record: ChildRecord, report: ExitReport | undefined): void {
    const last = report === undefined ? "" : `; "${report.id}" ${describeExit(report)}`;
    for (const remote of this.#both(record.id, record.group)) {
      const isOut = this.#driver.members(remote.id).every((member) => this.#driver.stateOf(member) === "stopped");
      if (isOut) remote.shut(`it is stopped${last}`, report);
    }
    // The id of a dynamic child never comes again.
    if (this.#driver.rule.strategy === "dynamic" && !this.#driver.records.has(record.id)) this.#remotes.delete(record.id);
  }

  #withSession({ id, group }: ChildRecord, { running }: LiveRun, task: (remote: ChildRemote, session: Session) => void): void {
    const { session } = running ?? {};
    if (session === undefined) return;
    for (const remote of this.#both(id, group)) task(remote, session);
  }

  /** That of the child, and that of all instances of its spec. */
  #both(id: string, group: string): ChildRemote[] {
    const own = this.#remotes.get(id);
    const shared = group === id ? undefined : this.#remotes.get(group);
    return [own, shared].filter((remote) => remote !== undefined);
  }
}

/** Those that say how arguments are encoded are needed on this side of the router, too. */
function connectionOptions({ start }: CheckedChild): ConnectionOptions {
  if (typeof start !== "object" || !("options" in start) || start.options === undefined) return {};
  const { timeout, classes, references, limits } = start.options as ConnectionOptions;
  return {
    ...(timeout !== undefined && { timeout }),
    ...(classes !== undefined && { classes }),
    ...(references !== undefined && { references }),
    ...(limits !== undefined && { limits }),
  };
}

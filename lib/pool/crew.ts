// The workers of a pool from their start to their end: makes them ready, notices when they end, and decides what is
// done about it.
import type { CloseReason } from "../core/connection.ts";
import type { Emitter } from "../core/emitter.ts";
import { PeerLostError } from "../core/errors.ts";
import type { Host } from "../core/host.ts";
import type { Remote } from "../core/remote.ts";
import type { Session } from "../core/session.ts";
import type { PoolEvents } from "./events.ts";
import { Member, type Task } from "./member.ts";
import { Restarts } from "./restarts.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Occupant } from "./seat.ts";
import type { Waiter } from "./waiter.ts";
import type { PoolWorker, WorkerSource } from "./worker.ts";

export interface CrewParts {
  /** Names the pool. */
  readonly label: string;
  readonly host: Host;
  readonly source: WorkerSource;
  readonly scheduler: Scheduler<Waiter, Member>;
  readonly events: Emitter<PoolEvents>;
  readonly warmup: ((worker: Remote<never>) => unknown) | undefined;
  readonly teardown: ((worker: Remote<never>) => unknown) | undefined;
  /** What a lost worker leaves behind is to be made again. */
  readonly again: (waiter: Waiter) => void;
  /** A worker takes calls from now on. */
  readonly onReady: (member: Member) => void;
  /** A worker was to end, and is still in use. */
  readonly onKept: () => void;
  /** A worker could not be started; `last`: there is no other. */
  readonly onFailed: (error: unknown, isLast: boolean) => void;
  /** A worker is gone, and what follows from that is done. */
  readonly onGone: () => void;
}

/** Why there is no worker. */
interface Failure {
  readonly error: unknown;
  /** Before then nobody tries to start one. */
  readonly retryAt: number;
}

export class Crew {
  readonly counts = { recycled: 0, crashed: 0, killed: 0 };
  readonly members: Set<Member> = new Set();
  /** Done with every worker that starts from now on. */
  readonly standing: Set<Task> = new Set();
  /** Time of workers that are gone: in all, and with calls. */
  readonly past = { time: 0, busy: 0 };
  readonly #parts: CrewParts;
  readonly #restarts = new Restarts();
  #restart: NodeJS.Timeout | undefined;
  #failure: Failure | undefined;
  /** When a worker could not be started last, and how long not to try again then. */
  #failedAt = 0;
  #startDelay = 0;
  #hasTold = false;
  #isClosing = false;

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** For the scheduler: a worker is wanted. */
  start(occupant: Occupant<Member>): Member {
    const { host, source, warmup } = this.#parts;
    const member = new Member(occupant, startedBy(source), host.now());
    if (warmup !== undefined) member.tasks.push((session) => warmup(session.connection.remote as Remote<never>));
    member.tasks.push(...this.standing);
    this.members.add(member);
    const { ready, ended } = member.worker;
    const fail = (reason: CloseReason) => (error: unknown) => this.#onEnd(member, reason, { error });
    ready.then((session) => this.#onStarted(member, session), fail({ reason: "it could not be started" }));
    // Where there is a session, its end tells: by then all its calls know.
    void ended.then((reason) => ready.catch(fail(reason)));
    return member;
  }

  /** For the scheduler: it was told to retire, and has no more calls. */
  retired(member: Member): void {
    const { host, scheduler, onKept } = this.#parts;
    // Its last call has an answer, but is counted until that was handed on.
    host.nextTurn(() => {
      if (member.isGone || member.dismissal !== undefined) return;
      if (member.leaving === "closing" || member.isUnused) {
        void this.#dismiss(member);
        return;
      }
      member.leaving = undefined;
      member.lookAgainAt = host.now() + LOOK_AGAIN;
      member.idleSince = host.now();
      scheduler.giveBack(member.occupant);
      onKept();
    });
  }

  /** Takes a worker out of rotation, to end it when it is not in use. */
  sendHome(member: Member, why: "idle" | "recycled"): void {
    if (member.occupant.state !== "working") return;
    member.leaving = why;
    this.#parts.scheduler.retire(member.occupant);
  }

  /** Ends a worker at once, whatever it does. */
  kill(member: Member, reason: string): void {
    if (member.isGone) return;
    member.leaving ??= "killed";
    member.worker.kill(reason);
  }

  /** Why no call is taken: no worker can be started. Once enough time has passed, it is tried again. */
  refusal(): { readonly error: unknown } | undefined {
    const failure = this.#failure;
    if (failure === undefined || this.#parts.host.now() < failure.retryAt) return failure;
    this.#failure = undefined;
    this.#parts.scheduler.held = false;
    return undefined;
  }

  /** Ends all workers in good order. Their calls are done. */
  async close(): Promise<void> {
    this.#stopStarting();
    await Promise.all(
      [...this.members].map(async (member) => {
        member.leaving = "closing";
        if (member.occupant.state === "starting") member.worker.kill("closed");
        else await this.#dismiss(member);
        await member.worker.ended;
      }),
    );
    await this.#parts.source.close();
  }

  /** Ends all workers at once. */
  destroy(reason: string): void {
    this.#stopStarting();
    for (const member of this.members) {
      member.leaving = "closing";
      member.worker.kill(reason);
    }
    void this.#parts.source.close();
  }

  #stopStarting(): void {
    this.#isClosing = true;
    this.#parts.scheduler.held = true;
    clearTimeout(this.#restart);
  }

  #onStarted(member: Member, session: Session): void {
    if (member.isGone) return;
    member.session = session;
    const { connection } = session;
    // A pool that has nothing to do holds no process. Calls that wait for an answer do.
    connection.unref();
    connection.on("close", (reason) => this.#onEnd(member, reason));
    connection.on("error", (error) => this.#tell(error));
    if (member.tasks.length === 0) this.#onReady(member);
    else void this.#prepare(member, session);
  }

  async #prepare(member: Member, session: Session): Promise<void> {
    try {
      for (let task = member.tasks.shift(); task !== undefined; task = member.tasks.shift()) await task(session);
    } catch (error) {
      this.#onEnd(member, { reason: "it could not be made ready", cause: error }, { error });
      member.worker.kill("it could not be made ready");
      return;
    }
    if (!member.isGone) this.#onReady(member);
  }

  #onReady(member: Member): void {
    const { host, scheduler, events, onReady } = this.#parts;
    this.#failure = undefined;
    this.#hasTold = false;
    member.idleSince = host.now();
    if (this.#restart === undefined && !this.#isClosing) scheduler.held = false;
    scheduler.started(member.occupant);
    scheduler.grow();
    events.emit("workerCreate", { label: member.worker.label });
    onReady(member);
  }

  #onEnd(member: Member, reason: CloseReason, failure?: { readonly error: unknown }): void {
    if (member.isGone) return;
    member.isGone = true;
    this.members.delete(member);
    const { host, scheduler, events, again, onFailed, onGone } = this.#parts;
    const now = host.now();
    const { occupant, worker, leaving = "crashed" } = member;
    this.past.time += now - member.startedAt;
    this.past.busy += member.busyUntil(now);
    if (leaving in this.counts) this.counts[leaving as keyof Crew["counts"]] += 1;
    if (leaving === "crashed" && !this.#isClosing) {
      if (occupant.state === "starting") this.#onStartFailed(member, failure?.error ?? lostWhileStarting(worker.label, reason), now);
      else this.#hold(this.#restarts.delayAfter(member.completed > 0, now));
    }
    scheduler.ended(occupant);
    member.onQuiet?.();
    for (const waiter of member.lost.splice(0)) again(waiter);
    // Those that were lost with the last worker share what became of all others.
    if (this.#failure !== undefined) onFailed(this.#failure.error, true);
    events.emit("workerDestroy", { ...reason, label: worker.label, why: leaving });
    onGone();
  }

  #onStartFailed(member: Member, error: unknown, now: number): void {
    const { scheduler, onFailed } = this.#parts;
    // Several that started together fail together, which says no more than one.
    if (member.startedAt >= this.#failedAt) this.#startDelay = this.#restarts.delayAfter(false, now);
    this.#failedAt = now;
    const delay = this.#startDelay;
    const isLast = this.members.size === 0;
    if ([...this.members].some(({ occupant }) => occupant.state !== "starting")) {
      this.#hold(Math.max(delay, SHORTEST_DELAY));
    } else {
      // If those that are starting fail as well, it is tried again when somebody calls, and not for its own sake.
      scheduler.held = true;
      if (isLast) this.#failure = { error, retryAt: now + delay };
    }
    if (!this.#hasTold) {
      this.#hasTold = true;
      this.#tell(error);
    }
    onFailed(error, isLast);
  }

  /** Starts no worker for so many ms. */
  #hold(delay: number): void {
    const { scheduler } = this.#parts;
    if (delay <= 0) return;
    scheduler.held = true;
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      if (this.#failure !== undefined || this.#isClosing) return;
      scheduler.held = false;
      scheduler.grow();
    }, delay).unref();
  }

  #dismiss(member: Member): Promise<void> {
    return (member.dismissal ??= this.#endInOrder(member));
  }

  async #endInOrder({ session, worker }: Member): Promise<void> {
    const { teardown } = this.#parts;
    try {
      if (session !== undefined && teardown !== undefined) await teardown(session.connection.remote as Remote<never>);
    } catch (error) {
      this.#tell(error);
    }
    await worker.stop();
  }

  #tell(error: unknown): void {
    const { events, host, label } = this.#parts;
    if (!events.emit("error", error)) host.warn(`${label}: ${String(error)} Listen to the pool's "error" event.`, "NEARCALL_POOL");
  }
}

/** A worker that cannot be replaced, since its objects are in use, is looked at again after so many ms. */
const LOOK_AGAIN = 1_000;
/** While others do the work, one that could not be started is tried again after so many ms or more. */
const SHORTEST_DELAY = 100;

function startedBy(source: WorkerSource): PoolWorker {
  try {
    return source.start();
  } catch (error) {
    const ready = Promise.reject(error);
    ready.catch(() => {});
    const ended = Promise.resolve({ reason: String(error), cause: error });
    return {
      label: "starting",
      offers: undefined,
      ready,
      ended,
      stop: () => Promise.resolve(),
      kill() {},
      heapUsed: () => Promise.resolve(0),
    };
  }
}

function lostWhileStarting(label: string, end: CloseReason): PeerLostError {
  return new PeerLostError(`${label} ended before it was ready: ${end.reason}.`, { ...end, phase: "unsent" });
}

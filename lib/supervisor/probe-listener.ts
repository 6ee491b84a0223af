// This side of the probe in a child: orders reports while somebody watches, and gives them to whoever does.
import type { Duplex } from "node:stream";
import { BroadcastChannel } from "node:worker_threads";
import type { Vitals } from "./child.ts";
import { createLineSplitter } from "./line-splitter.ts";
import { type ProbeOrder, type ProbeReport, reviveError } from "./probe-report.ts";

export class ProbeListener {
  /** The error that ended it, as it told in its last moment. */
  lastError: Error | undefined;
  /** What it reported last, while it is watched. */
  latest: Vitals | undefined;
  readonly #watchers = new Map<object, { readonly interval: number; readonly listener: (vitals: Vitals) => void }>();
  #send: ((order: ProbeOrder) => void) | undefined;
  #close: (() => void) | undefined;
  #isThere = false;
  #interval = 0;

  /** @param pipe is read to its end and holds no process */
  listenToPipe(pipe: Duplex & { unref(): void }): void {
    const split = createLineSplitter();
    pipe.setEncoding("utf8");
    pipe.on("data", (text: string) => {
      for (const line of split.push(text)) this.#takeLine(line);
    });
    pipe.on("error", () => pipe.destroy());
    pipe.unref();
    this.#send = (order) => {
      if (!pipe.destroyed) pipe.write(`${JSON.stringify(order)}\n`);
    };
    this.#close = () => pipe.destroy();
  }

  listenToChannel(name: string): void {
    const channel = new BroadcastChannel(name);
    (channel as unknown as { unref(): void }).unref();
    channel.onmessage = (event: unknown) => this.#take((event as { data: ProbeReport }).data);
    this.#send = (order) => channel.postMessage(order);
    this.#close = () => channel.close();
  }

  /** Orders a report every `interval` ms, or more often if others want that. */
  watch(interval: number, listener: (vitals: Vitals) => void): () => void {
    const key = {};
    this.#watchers.set(key, { interval, listener });
    this.#order();
    return () => {
      this.#watchers.delete(key);
      this.#order();
    };
  }

  close(): void {
    this.#close?.();
    this.#send = undefined;
  }

  #order(): void {
    const wanted = this.#watchers.size === 0 ? 0 : Math.min(...[...this.#watchers.values()].map(({ interval }) => interval));
    if (wanted === 0) this.latest = undefined;
    if (wanted === this.#interval) return;
    this.#interval = wanted;
    if (this.#isThere) this.#send?.({ interval: wanted });
  }

  #takeLine(line: string): void {
    let report: unknown;
    try {
      report = JSON.parse(line);
    } catch {
      return;
    }
    if (typeof report === "object" && report !== null) this.#take(report as ProbeReport);
  }

  #take({ vitals, error }: ProbeReport): void {
    if (!this.#isThere) {
      this.#isThere = true;
      if (this.#interval > 0) this.#send?.({ interval: this.#interval });
    }
    if (error !== undefined && typeof error.message === "string") this.lastError = reviveError(error);
    // One may still come that was on its way when the last watcher left.
    if (vitals === undefined || this.#watchers.size === 0) return;
    this.latest = vitals;
    for (const { listener } of this.#watchers.values()) listener(vitals);
  }
}

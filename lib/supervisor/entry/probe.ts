// Loaded into a supervised process or thread before its module. When the supervisor asks, it tells how late its event
// loop is and what it uses; and at the end of a process, which error ended it. Without the marker that the supervisor
// sets it does nothing, and until it is asked it costs nothing.
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { PROBE_MARKER, type ProbeMarker, type ProbeOrder, type ProbeReport } from "../probe-report.ts";
import { createLineSplitter } from "../line-splitter.ts";

/** Reports that nobody reads are dropped. */
const MOST_UNREAD = 64 * 1024;

const given = process.env[PROBE_MARKER];
delete process.env[PROBE_MARKER];
if (given !== undefined) await start(JSON.parse(given) as ProbeMarker);

async function start({ fd, channel, nodeOptions }: ProbeMarker): Promise<void> {
  // What is started from here shall not load it.
  if (nodeOptions === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = nodeOptions;
  if (fd !== undefined) talkOverPipe(fd);
  else if (channel !== undefined) await talkOverChannel(channel);
}

function talkOverPipe(fd: number): void {
  const pipe = new Socket({ fd, readable: true, writable: true });
  const send = (report: ProbeReport): void => {
    if (!pipe.destroyed && pipe.writableLength < MOST_UNREAD) pipe.write(lineOf(report));
  };
  const obey = reporter(send);
  const split = createLineSplitter();
  pipe.setEncoding("utf8");
  pipe.on("data", (text: string) => {
    for (const line of split.push(text)) obey(JSON.parse(line) as ProbeOrder);
  });
  const end = (): void => {
    // The supervisor is gone; whether this process stays is not the probe's to decide.
    obey({ interval: 0 });
    pipe.destroy();
  };
  pipe.on("end", end);
  pipe.on("error", end);
  pipe.unref();
  process.on("uncaughtExceptionMonitor", (error) => {
    try {
      writeSync(fd, lineOf({ error: recordOf(error) }));
    } catch {
      // It is about to end, and nobody listens.
    }
  });
  send({});
}

async function talkOverChannel(name: string): Promise<void> {
  const { BroadcastChannel } = await import("node:worker_threads");
  const channel = new BroadcastChannel(name);
  const send = (report: ProbeReport): void => channel.postMessage(report);
  const obey = reporter(send);
  channel.onmessage = (event: unknown) => obey((event as { data: ProbeOrder }).data);
  (channel as unknown as { unref(): void }).unref();
  send({});
}

/** Reports as often as it is told to. */
function reporter(send: (report: ProbeReport) => void): (order: ProbeOrder) => void {
  let stop: (() => void) | undefined;
  let last = 0;
  return ({ interval }) => {
    last += 1;
    const mine = last;
    stop?.();
    stop = undefined;
    if (!(interval > 0)) return;
    // Loaded when it is needed.
    void import("../probe-measure.ts").then(({ startMeasuring }) => {
      if (mine === last) stop = startMeasuring(interval, (vitals) => send({ vitals }));
    });
  };
}

function lineOf(report: ProbeReport): string {
  return `${JSON.stringify(report)}\n`;
}

function recordOf(error: unknown): NonNullable<ProbeReport["error"]> {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const { code } = error as { code?: unknown };
  return { name, message, ...(stack !== undefined && { stack }), ...(typeof code === "string" && { code }) };
}

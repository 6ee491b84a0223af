// How many round trips a second does the shared-memory transport make, and what does one cost in CPU,
// against raw postMessage in the same run: 1, 100 and 1,000 in flight, with and without spinning,
// alone and beside a CPU hog?   node bench/micro/ring.mjs [rounds] [ms per measurement] [spins, µs, comma-separated]
// (after npm run build)
import { cpus } from "node:os";
import { MessageChannel, Worker, isMainThread, workerData } from "node:worker_threads";
import { createSharedMemory } from "../../dist/transports/ring.js";
import { sharedMemoryTransport } from "../../dist/transports/shared-memory.js";

const CALL = new Uint8Array(48).fill(7);

if (isMainThread) await main();
else if (workerData.hog) for (;;);
else serve(workerData);

function serve({ kind, port, memory, spin }) {
  if (kind === "raw") return port.on("message", (message) => port.postMessage(message));
  // Replies leave as the core's do: the first at once, the rest of the batch when its microtasks are done.
  const send = batched(() => transport);
  const transport = sharedMemoryTransport(port, memory, 1, "client", { spin });
  transport.start({ onReceive: (bytes) => eachCall(bytes, () => Promise.resolve().then(send)), onDrain() {}, onEnd() {} });
}

function eachCall(bytes, call) {
  for (let at = 0; at < bytes.length; at += CALL.length) call();
}

/** Sends the first call of a tick at once and the others in one frame at the end of the tick. */
function batched(transportOf) {
  const buffer = new Uint8Array(CALL.length * 1024);
  let length = 0;
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    if (length === 0) return;
    transportOf().send(buffer.subarray(0, length));
    length = 0;
  };
  return () => {
    if (!scheduled) {
      scheduled = true;
      queueMicrotask(() => process.nextTick(flush));
      transportOf().send(CALL);
      return;
    }
    buffer.set(CALL, length);
    length += CALL.length;
    if (length === buffer.length) {
      transportOf().send(buffer);
      length = 0;
    }
  };
}

async function main() {
  const rounds = Number(process.argv[2] ?? 5);
  const time = Number(process.argv[3] ?? 400);
  const spins = (process.argv[4] ?? "0,default").split(",").map((spin) => (spin === "default" ? undefined : Number(spin)));
  console.log(
    `${cpus()[0].model}, ${cpus().length} CPUs, Node ${process.version}, ${rounds} rounds of ${time} ms, medians (lowest–highest)`,
  );
  for (const hogs of [0, 1]) {
    const neighbours = Array.from({ length: hogs }, () => new Worker(new URL(import.meta.url), { workerData: { hog: true } }));
    console.log(hogs === 0 ? "\nalone" : `\nbeside ${hogs} CPU hog (CPU figures include it)`);
    const sides = [await open("raw")];
    for (const spin of spins) sides.push(await open("ring", spin));
    for (const inFlight of [1, 100, 1000]) {
      const results = sides.map(() => []);
      for (let round = 0; round <= rounds; round += 1)
        for (const [index, side] of sides.entries()) {
          const result = await measure(side, inFlight, round === 0 ? time / 4 : time);
          if (round > 0) results[index].push(result);
        }
      const base = median(results[0].map((r) => r.rate));
      for (const [index, side] of sides.entries()) {
        const rates = results[index].map((r) => r.rate);
        const cpu = median(results[index].map((r) => r.cpu)) - hogs / (median(rates) / 1e6);
        console.log(
          `${String(inFlight).padStart(5)} in flight  ${side.name.padEnd(20)} ${format(median(rates))}/s (${format(Math.min(...rates))}–${format(Math.max(...rates))})  ${(median(rates) / base).toFixed(2)}×  ${cpu.toFixed(2)} µs CPU a call`,
        );
      }
    }
    for (const side of sides) {
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { user, system } = process.cpuUsage(before);
      if (side === sides[0] && hogs === 0) console.log(`idle: ${((user + system) / 2000).toFixed(1)} % CPU`);
    }
    for (const side of sides) await side.worker.terminate();
    for (const neighbour of neighbours) await neighbour.terminate();
  }
}

async function open(kind, spin) {
  const { port1, port2 } = new MessageChannel();
  const memory = createSharedMemory();
  const worker = new Worker(new URL(import.meta.url), { workerData: { kind, port: port2, memory, spin }, transferList: [port2] });
  await new Promise((resolve) => worker.once("online", resolve));
  const pending = [];
  let first = 0;
  const answer = () => {
    const resolve = pending[first];
    pending[first++] = undefined;
    if (first > 4096) (pending.splice(0, first), (first = 0));
    resolve();
  };
  let send;
  if (kind === "raw") {
    port1.on("message", answer);
    send = () => port1.postMessage(CALL);
  } else {
    const transport = sharedMemoryTransport(port1, memory, 0, "server", spin === undefined ? {} : { spin });
    transport.start({ onReceive: (bytes) => eachCall(bytes, answer), onDrain() {}, onEnd() {} });
    send = batched(() => transport);
  }
  const call = () =>
    new Promise((resolve) => {
      pending.push(resolve);
      send();
    });
  return { worker, call, name: kind === "raw" ? "raw postMessage" : spin === 0 ? "ring, no spinning" : `ring, spin ${spin ?? "default"}` };
}

async function measure({ call }, inFlight, time) {
  let calls = 0;
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  const end = began + time;
  const loop = async () => {
    do {
      for (let n = 0; n < 8; n += 1) await call();
      calls += 8;
    } while (performance.now() < end);
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { rate: (calls / took) * 1000, cpu: (user + system) / calls };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function format(rate) {
  return rate >= 1e6 ? `${(rate / 1e6).toFixed(2)} M` : `${(rate / 1e3).toFixed(1)} k`;
}

// The far end of the socket: a process that serves the job to whoever connects, with threads of its own.
import { listen, spawnThread } from "nearcall";

let threads = [];
let server;

export async function start(path, count) {
  const job = new URL("job.mjs", import.meta.url);
  threads = await Promise.all(Array.from({ length: count }, () => spawnThread(job)));
  let calls = 0;
  // What a client passes (here its progress callback) can be passed on: the thread calls it through this process.
  const inspect = (paths, progress) => threads[calls++ % count].remote.inspect(paths, progress);
  server = await listen({ inspect }, path);
}

export async function stop() {
  await server.close();
  await Promise.all(threads.map((thread) => thread.close()));
}

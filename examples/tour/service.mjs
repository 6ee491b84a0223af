// The far end of the socket: a process that serves the job to whoever connects, with threads of its own.
import { listen } from "nearcall";
import { createPool } from "nearcall/pool";

let pool;
let server;

export async function start(path, count) {
  pool = await createPool(new URL("job.mjs", import.meta.url), { maxThreads: count });
  // What a client passes (here its progress callback) can be passed on: the thread calls it through this process.
  server = await listen({ inspect: (paths, progress) => pool.remote.inspect(paths, progress) }, path);
}

export async function stop() {
  await server.close();
  await pool.close();
}

// A time limit for a call, or for all calls of a connection. The deadline crosses: the work over there is told.
import { spawnThread, TimeoutError, withOptions } from "nearcall";

const far = await spawnThread(new URL("far/search.mjs", import.meta.url), { timeout: 10_000 });

const patient = far.remote;
const hasty = withOptions(far.remote, { timeout: 50 });
try {
  await hasty.search("needle");
} catch (error) {
  if (!(error instanceof TimeoutError)) throw error;
  console.log(error.code, "after", error.timeout, "ms");
}

// The connection goes on.
console.log("over there:", await patient.ends());
await far.close();

// Prints:
// ERR_TIMEOUT after 50 ms
// over there: [ 'AbortError' ]

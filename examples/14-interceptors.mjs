// Interceptors go around every call of a connection: logging, retrying, authorisation. Meta crosses beside the arguments.
import { spawnThread, withOptions } from "nearcall";

const outgoing = async (call, next) => {
  const result = await next().catch((error) => `(${error.message})`);
  console.log(`${call.path.join(".")}(${call.args.join(", ")}) gave ${result}`);
  return result;
};
const store = await spawnThread(new URL("far/store.mjs", import.meta.url), { intercept: { outgoing } });

await store.remote.get("colour");
await withOptions(store.remote, { meta: { user: "Ada" } }).get("colour");

await store.close();

// Prints:
// get(colour) gave (get: who are you?)
// get(colour) gave colour for Ada

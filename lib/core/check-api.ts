// What can be exposed at all.
import { RpcError } from "./errors.ts";

/** @throws {RpcError} `ERR_EXPOSE` */
export function checkApi(api: unknown): asserts api is object {
  if (typeof api === "function" || (typeof api === "object" && api !== null)) return;
  throw new RpcError("ERR_EXPOSE", `An object, a class or a function can be exposed, not ${api === null ? "null" : typeof api}.`);
}

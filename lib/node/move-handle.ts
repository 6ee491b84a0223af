// Handles that travel beside the bytes: what is moved is detached here at once, what is shared stays.
import { isSharedArrayBuffer } from "node:util/types";

/** Detaches an ArrayBuffer or MessagePort here and answers the same thing, to be sent. */
export function moveHandle<T extends object>(handle: T): T {
  if (isSharedArrayBuffer(handle)) return handle;
  return structuredClone(handle, { transfer: [handle as unknown as ArrayBuffer] });
}

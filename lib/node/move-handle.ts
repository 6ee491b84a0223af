// Handles that travel beside the bytes: what is moved is detached here at once, what is shared stays.
import { isArrayBuffer, isSharedArrayBuffer } from "node:util/types";

/** Detaches an ArrayBuffer or MessagePort here and answers the same thing, to be sent. */
export function moveHandle<T extends object>(handle: T): T {
  if (isSharedArrayBuffer(handle)) return handle;
  // Of memory that was moved before, structuredClone() makes an empty buffer; a view on it is refused.
  if (isArrayBuffer(handle)) void new Uint8Array(handle);
  return structuredClone(handle, { transfer: [handle as unknown as ArrayBuffer] });
}

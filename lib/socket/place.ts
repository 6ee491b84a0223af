// Where a socket is meant to be, read from what the user wrote. Pure: looks at nothing but its arguments.
import { RpcError } from "../core/errors.ts";

/**
 * `name`: goes to the user's own folder for sockets. `file`: a path in the file system. `abstract`: a name that
 * only Linux's kernel knows, without a file. `pipe`: a named pipe of Windows.
 */
export type Place =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "abstract"; readonly path: string }
  | { readonly kind: "pipe"; readonly path: string };

const WINDOWS_PIPES = /^(\\\\|\/\/)[.?][\\/]pipe[\\/]/i;

/**
 * The place that `text` names on that platform.
 *
 * @throws RpcError `ERR_SOCKET_PATH` when it can be no place
 */
export function placeOf(text: string, platform: NodeJS.Platform): Place {
  if (typeof text !== "string" || text === "")
    throw pathError(`A socket needs a path or a name, and got ${text === "" ? "an empty one" : typeof text}`);
  if (platform === "win32") return pipeOf(text);
  if (text.startsWith("@") || text.startsWith("\0")) return abstractOf(text, platform);
  if (text.includes("\0")) throw pathError(`A socket's path contains a NUL character: ${JSON.stringify(text)}`);
  if (text.includes("/")) return { kind: "file", path: text };
  if (text === "." || text === "..") throw pathError(`"${text}" is a folder; give the path of a socket in it`);
  return { kind: "name", name: text };
}

/**
 * Bytes, not characters, that fit into the system's structure for a socket's address, without the NUL at its end.
 * Node 20 cuts a longer path silently, so that two of them may be the same socket.
 */
export function longestPath(platform: NodeJS.Platform): number {
  return platform === "linux" || platform === "android" ? 107 : 103;
}

/** @throws RpcError `ERR_SOCKET_PATH` when the path is too long */
export function checkLength(path: string, platform: NodeJS.Platform): void {
  const length = Buffer.byteLength(path);
  const longest = longestPath(platform);
  if (length > longest) {
    throw pathError(
      `The socket's path has ${length} bytes, and this system takes at most ${longest}: ${path}. ` +
        "Use a shorter folder, or a name alone, which goes to your own folder for sockets",
    );
  }
}

export function pathError(message: string, cause?: unknown): RpcError {
  return new RpcError("ERR_SOCKET_PATH", message, cause === undefined ? {} : { cause });
}

function abstractOf(text: string, platform: NodeJS.Platform): Place {
  if (platform !== "linux" && platform !== "android") {
    throw pathError(`Abstract sockets exist on Linux only: ${JSON.stringify(text)}. Give a path, or a name without "@" in front`);
  }
  const name = text.slice(1);
  if (name === "") throw pathError("An abstract socket needs a name after its first character");
  if (name.includes("\0")) throw pathError(`An abstract socket's name contains a NUL character: ${JSON.stringify(text)}`);
  const path = `\0${name}`;
  checkLength(path, platform);
  return { kind: "abstract", path };
}

/** A pipe's name may contain anything but backslashes. */
function pipeOf(text: string): Place {
  if (text.startsWith("@") || text.includes("\0")) throw pathError(`Abstract sockets exist on Linux only: ${JSON.stringify(text)}`);
  if (WINDOWS_PIPES.test(text)) return { kind: "pipe", path: text };
  return { kind: "pipe", path: `\\\\.\\pipe\\nearcall-${text.replaceAll(/[\\/:]+/g, "-").replace(/^-/, "")}` };
}

// From what the user wrote to an address that Node can bind or connect to, and a label for errors.
import { join, resolve } from "node:path";
import { ownFolder } from "./own-folder.ts";
import { checkLength, placeOf } from "./place.ts";

export interface Address {
  readonly kind: "file" | "abstract" | "pipe";
  /** As Node takes it; absolute where it is a file. */
  readonly path: string;
  /** `unix:/run/a.sock`, `unix:@name`, `pipe:name`. */
  readonly label: string;
}

/**
 * Resolves a path or a name. `create`: the user's own folder is made if a name alone was given.
 *
 * @throws RpcError `ERR_SOCKET_PATH`
 */
export function resolveAddress(text: string, create: boolean): Address {
  const place = placeOf(text, process.platform);
  switch (place.kind) {
    case "abstract":
      return { kind: "abstract", path: place.path, label: `unix:@${place.path.slice(1)}` };
    case "pipe":
      return { kind: "pipe", path: place.path, label: `pipe:${place.path}` };
    case "file":
      return fileAddress(resolve(place.path));
    case "name":
      return fileAddress(join(ownFolder(create), place.name));
  }
}

function fileAddress(path: string): Address {
  checkLength(path, process.platform);
  return { kind: "file", path, label: `unix:${path}` };
}

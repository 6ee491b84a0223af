// Keys in files that only their user may read.
import { closeSync, constants, fstatSync, linkSync, openSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { RpcError } from "../core/errors.ts";
import { crypto } from "../node/seldom.ts";

/** What the file begins with, so that no other file is taken for a key. */
const HEADER = "nearcall-key-1:";
const BYTES = 32;

/**
 * Makes a file with a new random key of 32 bytes, which only this user may read (mode 0600). If there is one
 * already, it is read instead, so that of several programs that start at once all have the same key.
 *
 * @throws RpcError `ERR_KEY_FILE` as `readKeyFile`, or when it cannot be made
 * @example
 * const key = createKeyFile("/var/lib/billing/key");
 * await listen(api, { path: "/run/billing.sock", mode: 0o666, key });
 */
export function createKeyFile(path: string): Buffer {
  const key = crypto().randomBytes(BYTES);
  // Written whole under another name first: nobody reads half a key.
  const draft = `${path}.${crypto().randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, `${HEADER}${key.toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw keyFileError(`The key file ${path} cannot be made (${(error as NodeJS.ErrnoException).code})`, error);
  }
  try {
    linkSync(draft, path);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return readKeyFile(path);
    throw keyFileError(`The key file ${path} cannot be made (${(error as NodeJS.ErrnoException).code})`, error);
  } finally {
    unlinkSync(draft);
  }
}

/**
 * Reads a key file, if nobody but this user could have written or read it.
 *
 * @throws RpcError `ERR_KEY_FILE` it is missing, is no key file, belongs to another user, or others may read it
 * @example
 * const connection = await connect<Billing>("/run/billing.sock", { key: readKeyFile("/var/lib/billing/key") });
 */
export function readKeyFile(path: string): Buffer {
  const fd = open(path);
  try {
    // Of the open file, which nobody can exchange underneath us.
    const { uid, mode } = fstatSync(fd);
    const own = process.geteuid?.();
    if (own !== undefined && uid !== own) throw keyFileError(`The key file ${path} belongs to the user with id ${uid}, and you are ${own}`);
    if (own !== undefined && (mode & 0o077) !== 0) {
      throw keyFileError(
        `Others may use the key file ${path} (its mode is ${(mode & 0o777).toString(8)}). Make a new key, since this one may be known, then: chmod 600 ${path}`,
      );
    }
    const text = readFileSync(fd, "latin1").trimEnd();
    const key = Buffer.from(text.slice(HEADER.length), "base64url");
    if (!text.startsWith(HEADER) || key.length !== BYTES)
      throw keyFileError(`${path} is not a key file of nearcall. createKeyFile(path) makes one`);
    return key;
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    // A link may lead to a file that another user chose; a pipe would wait for ever.
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ELOOP" ? "it is a symbolic link" : code === "ENOENT" ? "it does not exist" : String(code);
    throw keyFileError(`The key file ${path} cannot be read: ${why}`, error);
  }
}

function keyFileError(message: string, cause?: unknown): RpcError {
  return new RpcError("ERR_KEY_FILE", message, cause === undefined ? {} : { cause });
}

// Reasons must arrive somehow: what was thrown, or why that cannot be sent, or at least that there was something.
import { isError, plainly } from "./error-record.ts";

/**
 * Writes `reason`. An error with properties that cannot be sent gives way to itself without them, what else cannot be
 * sent to the error that says why, and that to nothing at all.
 *
 * @returns false when the far side accepts not even that; then nothing was written
 */
export function writeReason(reason: unknown, write: (reason: unknown) => void): boolean {
  try {
    write(reason);
    return true;
  } catch (error) {
    return (
      (isError(reason) && isWritten(() => write(plainly(reason)))) || isWritten(() => write(error)) || isWritten(() => write(undefined))
    );
  }
}

function isWritten(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}

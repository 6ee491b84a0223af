// Tells when what stands at a name may have changed: the file was removed, renamed or replaced. Nothing is polled
// where the system can tell by itself.
import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { basename, dirname } from "node:path";

/** Where the system has no watch left to give (inotify's limit), it is asked every so many ms. */
const ASK_EVERY = 10_000;

/** `onChange` may be called without a reason. Holds no process alive. Answers how to stop. */
export function watchName(path: string, onChange: () => void): () => void {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    watcher?.close();
    watcher = undefined;
    timer ??= setInterval(onChange, ASK_EVERY).unref();
  };
  try {
    watcher = startWatcher(path, onChange);
    watcher.on("error", ask);
  } catch {
    ask();
  }
  return () => {
    watcher?.close();
    clearInterval(timer);
  };
}

function startWatcher(path: string, onChange: () => void): FSWatcher {
  // Linux watches the socket itself, whatever else goes on in its folder, and tells of the loss of its name as a
  // change of its attributes. Elsewhere a watcher opens what it watches, which a socket does not allow.
  if (process.platform === "linux") return watch(path, { persistent: false }, onChange);
  const name = basename(path);
  return watch(dirname(path), { persistent: false }, (_event, changed) => {
    if (changed === null || changed === name) onChange();
  });
}

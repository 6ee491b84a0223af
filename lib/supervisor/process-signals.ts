// Signals to this process, passed on to children or taken as the wish to close. Listened to only while the
// supervisor lives: after that they mean again what they meant before.
import type { CheckedSupervisor } from "./checked-spec.ts";
import type { Supervisor } from "./supervisor.ts";

export function listenToSignals(supervisor: Supervisor, { forwardSignals, closeOn }: CheckedSupervisor): void {
  const undo: (() => void)[] = [];
  const listen = (signal: NodeJS.Signals, listener: () => void): void => {
    process.on(signal, listener);
    undo.push(() => process.off(signal, listener));
  };
  for (const signal of forwardSignals) listen(signal, () => supervisor.signal(signal));
  for (const signal of closeOn) listen(signal, () => void supervisor.close());
  void supervisor.ended.then(() => {
    for (const stop of undo) stop();
  });
}

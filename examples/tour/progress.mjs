// A bar on a terminal, and nothing where there is none.
import { Presets, SingleBar } from "cli-progress";

export function startProgress(label, total) {
  if (!process.stderr.isTTY) return { add() {}, stop() {} };
  const bar = new SingleBar({ format: `${label.padEnd(32)} {bar} {percentage} %  {duration} s` }, Presets.shades_classic);
  bar.start(total, 0);
  return { add: (amount) => bar.increment(amount), stop: () => bar.stop() };
}

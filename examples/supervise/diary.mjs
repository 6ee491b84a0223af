// Writes down what happens to the workers, as it happens.
export function keepDiary(tree) {
  const began = performance.now();
  const diary = { crashes: 0, hangs: 0, replacements: 0 };
  const write = (text) => console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(5)} s  ${text}`);
  const lost = new Map();

  tree.on("exited", ({ id, report, expected }) => {
    if (expected) return;
    lost.set(id, performance.now());
    if (report.kind === "unresponsive") diary.hangs += 1;
    else diary.crashes += 1;
    const why = report.kind === "unresponsive" ? "hung, and was killed" : `crashed: ${report.lastError?.message ?? report.kind}`;
    write(`${id} ${why}`);
  });
  tree.on("unhealthy", ({ id, what, value, limit }) => {
    if (what === "memory") write(`${id} uses ${mebibytes(value)} MiB, more than ${mebibytes(limit)}: another one is started beside it`);
  });
  tree.on("reloaded", ({ id }) => {
    diary.replacements += 1;
    write(`${id} is replaced; the old one finishes its calls`);
  });
  tree.on("ready", ({ id, cause }) => {
    if (cause === "restart") write(`${id} is back after ${Math.round(performance.now() - lost.get(id))} ms`);
  });
  return diary;
}

function mebibytes(bytes) {
  return Math.round(bytes / 1024 / 1024);
}

// The options of Node that a child process is started with when none are given: those of this one, but for what is meant
// for this one alone.

/** @param own `process.execArgv` */
export function inheritedExecArgv(own: readonly string[]): string[] {
  const inherited: string[] = [];
  for (let at = 0; at < own.length; at += 1) {
    const option = own[at]!;
    if (WITH_SCRIPT.test(option)) at += 1;
    else if (!OWN.test(option)) inherited.push(option);
  }
  return inherited;
}

/** Followed by the program's text, as its own argument. */
const WITH_SCRIPT = /^(-e|--eval|-p|-pe|--print)$/;
/** A debugger's port is taken; `--input-type` goes with a program's text, and `--test`, `--watch` with a program. */
const OWN = /^(--inspect\b|--input-type\b|--test\b|--watch\b|-i$|--interactive$|-c$|--check$|--eval=|--print=)/;

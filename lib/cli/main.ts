#!/usr/bin/env node
// The `nearcall` program.
import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), { input: process.stdin, output: process.stdout, errors: process.stderr });
// A terminal that is read holds the process.
process.stdin.unref?.();

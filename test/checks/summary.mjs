// Prints what came of the tests, from vitest's JSON: node test/checks/summary.mjs results.json
// Fails when a test or a whole file failed, when one was skipped, and when none ran. In the suites that every
// transport runs, a case that does not apply to one is not a skipped test: its flags say so.
import { readFileSync } from "node:fs";

const results = JSON.parse(readFileSync(process.argv[2], "utf8"));
const passed = results.numPassedTests;
// A file that could not be loaded has no tests to fail; it counts as one.
const broken = results.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
);
const failed = results.numFailedTests + broken.length;
const notApplicable = results.testResults
  .filter(({ name }) => /[\\/]test[\\/](?:contract|transports)[\\/]/.test(name))
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status === "pending" || status === "skipped").length;
const skipped = results.numPendingTests + results.numTodoTests - notApplicable;

for (const { name, message } of broken) console.log(`${name}: ${message}`);
if (notApplicable > 0) console.log(`${notApplicable} cases do not apply to their transport`);
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && skipped === 0 && passed > 0 && results.success ? 0 : 1;

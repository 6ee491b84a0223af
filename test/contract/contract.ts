// The contract of all connections, whatever lies between their two sides: one suite, which each transport's test runs
// with a way to have far sides. Its groups follow the laws, and the table of how values pass.
import { describe } from "vitest";
import { specifySettling } from "./laws-settling.ts";
import { specifyReferences } from "./references.ts";
import { specifyValues } from "./values.ts";
import { type Contract, useSuite } from "./suite.ts";

export function checkContract(name: string, contract: Contract): void {
  describe(`${name}:`, () => {
    const suite = useSuite(contract);
    specifySettling(suite);
    specifyReferences(suite);
    specifyValues(suite);
  });
}

// The contract of all connections, whatever lies between their two sides: one suite, which each transport's test runs
// with a way to have far sides. Its groups follow the laws, and the table of how values pass.
import { describe } from "vitest";
import { specifyBounds } from "./bounds.ts";
import { specifyErrors } from "./errors.ts";
import { specifyHandles } from "./handles.ts";
import { specifyHardening } from "./hardening.ts";
import { specifyHarmlessness } from "./hostile.ts";
import { specifyIsolation } from "./isolation.ts";
import { specifySettling } from "./laws-settling.ts";
import { specifyMembers } from "./members.ts";
import { specifyQuiet } from "./quiet.ts";
import { specifyReferences } from "./references.ts";
import { specifySignals } from "./signals.ts";
import { specifyStreams } from "./streams.ts";
import { specifyValues } from "./values.ts";
import { type Contract, useSuite } from "./suite.ts";

export function checkContract(name: string, contract: Contract): void {
  describe(`${name}:`, () => {
    const suite = useSuite(contract);
    specifySettling(suite);
    specifyReferences(suite);
    specifyHarmlessness(suite);
    specifyHardening(suite);
    specifyErrors(suite);
    specifyBounds(suite);
    specifySignals(suite);
    specifyIsolation(suite);
    specifyValues(suite);
    specifyHandles(suite);
    specifyStreams(suite);
    specifyMembers(suite);
    specifyQuiet(suite);
  });
}

// How values pass: every row of the table, in both directions, by itself and inside of other values.
import { describe, expect, it } from "vitest";
import { copiedRows } from "../fixtures/contract-copied.mjs";
import { liveRows } from "../fixtures/contract-live.mjs";
import { containers, isSame } from "../fixtures/contract-values.mjs";
import { kit } from "./places.ts";
import type { Suite } from "./suite.ts";

interface Row {
  readonly name: string;
  readonly make: (used: unknown) => unknown;
  readonly isPromise?: boolean;
  readonly isNoKey?: boolean;
  readonly after?: () => boolean;
}

export function specifyValues(suite: Suite): void {
  describe("how values pass", () => {
    it.each(copiedRows as Row[])("$name: by copy, both ways, at any depth", (row) => checkRow(suite, row));
    it.each(liveRows as Row[])("$name: live, both ways, at any depth", (row) => checkRow(suite, row));
  });
}

async function checkRow({ remote }: Suite, row: Row): Promise<void> {
  for (const container of containers) {
    if (row.isNoKey === true && "isKey" in container) continue;
    const place = `${row.name}, ${container.name}`;
    expect(await remote.takes(row.name, container.name, container.put(row.make(kit))), `${place}, as an argument`).toBe(true);
    expect(row.after?.() ?? true, `${place}, as it arrived here`).toBe(true);
    const result = remote.gives(row.name, container.name);
    // What rejects is not awaited before it is looked at.
    const given: unknown = row.isPromise === true && container.name === "by itself" ? result : await result;
    expect(await isSame(row, container, given), `${place}, as a result`).toBe(true);
    expect(await remote.after(row.name), `${place}, as it arrived there`).toBe(true);
  }
}

// Law 7: what was thrown is what is caught.
import { describe, expect, it } from "vitest";
import { PeerLostError, RpcError } from "../../lib/core/errors.ts";
import { thrown } from "../fixtures/contract-errors.mjs";
import { QuotaError } from "../fixtures/contract-classes.mjs";
import { rejectionOf, type Suite } from "./suite.ts";

interface Row {
  readonly name: string;
  readonly make: () => unknown;
  readonly same: (value: unknown) => boolean;
}

export function specifyErrors(suite: Suite): void {
  describe("law 7: what was thrown is what is caught", () => {
    it.each(thrown as Row[])("$name: from there, from here, at once or later, thrown or passed", async ({ name, make, same }) => {
      const { remote } = suite;
      expect(same(await rejectionOf(remote.fail(name)))).toBe(true);
      expect(same(await rejectionOf(remote.failLater(name)))).toBe(true);
      expect(same(await remote.errorOf(name))).toBe(true);
      expect(await remote.isThrown(name, make())).toBe(true);
      const caught = rejectionOf(
        remote.use(() => {
          throw make();
        }),
      );
      expect(same(await caught)).toBe(true);
    });

    it("an error that is returned resolves", async () => {
      const error = (await suite.remote.returnsError()) as Error;
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe("returned, not thrown");
    });

    it("the stack has the far frames, and then those of whoever awaits here", async () => {
      const { remote } = suite;
      async function whoeverAwaits(): Promise<unknown> {
        return await remote.failDeep();
      }
      const { stack } = await rejectionOf(whoeverAwaits());
      expect(stack).toMatch(/^Error: from the innermost\n/);
      expect(stack).toMatch(/innermost[^\n]*contract-api/);
      expect(stack).toMatch(/called from here/);
      expect(stack!.indexOf("innermost (")).toBeLessThan(stack!.indexOf("whoeverAwaits"));
      expect(stack).toMatch(/whoeverAwaits/);
    });

    it("own properties that cannot be sent are dropped, and named", async () => {
      const error = await rejectionOf<Error & { good: number; unsent: string[] }>(suite.remote.failWithUnsendable());
      expect(error.message).toBe("kept");
      expect(error.good).toBe(1);
      expect(error).not.toHaveProperty("symbol");
      expect([...error.unsent].sort()).toEqual(["handle", "nested", "symbol"]);
    });

    it("so are those whose value is refused though values of its kind can be sent, in causes too", async () => {
      const { remote } = suite;
      const locked = (): ReadableStream => {
        const stream = new ReadableStream();
        stream.getReader();
        return stream;
      };
      const error = await rejectionOf<RangeError & { code: string; unsent: string[]; cause: Error & { unsent: string[] } }>(
        remote.use(() => {
          const cause = Object.assign(new TypeError("why"), { at: 7, body: locked() });
          throw Object.assign(new RangeError("the real one", { cause }), { code: "E_REAL", response: { body: locked() } });
        }),
      );
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ message: "the real one", code: "E_REAL", unsent: ["response"] });
      expect(error.cause).toBeInstanceOf(TypeError);
      expect(error.cause).toMatchObject({ message: "why", at: 7, unsent: ["body"] });
      expect(error.stack).toContain("errors.ts");
    });

    it("what cannot be sent at all arrives as an error that says so", async () => {
      const { remote } = suite;
      const error = await rejectionOf(
        remote.use(() => {
          throw Symbol("lonely");
        }),
      );
      expect(error).toBeInstanceOf(Error);
      expect(error.message).toMatch(/Symbol\(lonely\)/);
    });

    it("functions in errors work", async () => {
      const { remote } = suite;
      const error = await rejectionOf<Error & { retry: () => unknown }>(
        remote.use(() => {
          throw Object.assign(new Error("with a function"), { retry: () => "again" });
        }),
      );
      expect(await error.retry()).toBe("again");
    });

    it("errors of a registered class are of that class", async () => {
      const error = await rejectionOf<InstanceType<typeof QuotaError>>(suite.remote.quota());
      expect(error).toBeInstanceOf(QuotaError);
      expect(error).toMatchObject({ message: "over", left: 2 });
    });

    it("of a class that is not registered here, they are plainly named", async () => {
      const { remote } = await suite.open("usual", { classes: [] });
      expect(await rejectionOf(remote.quota())).toEqual({ unknownClass: "quota error", data: { message: "over", left: 2 } });
    });

    it("our own errors that crossed are RpcError with their code, and marked as remote", async () => {
      const { remote } = suite;
      const error = await rejectionOf<RpcError>(
        remote.use(() => {
          throw new PeerLostError("a peer's claim", { reason: "none", phase: "unsent" });
        }),
      );
      expect(error).toBeInstanceOf(RpcError);
      expect(error).not.toBeInstanceOf(PeerLostError);
      expect(error).toMatchObject({ code: "ERR_PEER_LOST", remote: true, message: "a peer's claim" });
      const missing = await rejectionOf<RpcError>(remote.missing());
      expect(missing).toMatchObject({ code: "ERR_NOT_EXPOSED", remote: true });
    });

    it('errors: "public" shows name, message and code, and nothing else', async () => {
      const { remote } = await suite.open("public");
      const error = await rejectionOf<Error & { code: string; path: string }>(remote.fail("an error of Node's"));
      expect(error.message).toBe("ENOENT: no such file");
      expect(error.code).toBe("ENOENT");
      expect(error.path).toBe(undefined);
      const deep = await rejectionOf(remote.fail("causes of causes"));
      expect(deep.cause).toBe(undefined);
      const stack = await rejectionOf(remote.failDeep());
      expect(stack.stack).not.toMatch(/contract-api/);
    });

    it("a rejected chain rejects each of its calls with the error, and raises nothing else", async () => {
      const { remote } = suite;
      const failed = remote.fail("RangeError");
      const [one, two] = [failed.a.b(), failed.list];
      const deep = remote.echo({ nested: [failed] });
      for (const call of [failed, one, two, deep]) expect(await rejectionOf(call)).toBeInstanceOf(RangeError);
    });

    it("a peer's error pollutes nothing", async () => {
      const { remote } = suite;
      const error = await rejectionOf<Error>(
        remote.throwsIt(Object.assign(new Error("odd"), { constructor: 1, toString: "x", then: 1, hasOwnProperty: 1 })),
      );
      expect(String(error)).toBe("Error: odd");
      expect(({} as { polluted?: unknown }).polluted).toBe(undefined);
    });
  });
}

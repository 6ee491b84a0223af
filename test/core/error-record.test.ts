// Law 7: what was thrown is what is caught.
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { ErrorRecord } from "../../lib/core/error-record.ts";
import {
  appendLocalStack,
  assignOwn,
  bareError,
  errorToRecord,
  isError,
  isErrorRecord,
  plainly,
  publicRecord,
  recordToError,
  withoutProperties,
} from "../../lib/core/error-record.ts";
import {
  AlreadyOwnedError,
  DisposedError,
  LimitError,
  NotExposedError,
  PeerLostError,
  ProtocolError,
  QueueFullError,
  RpcError,
  StaleReferenceError,
  TimeoutError,
  UnserializableError,
  ValidationError,
} from "../../lib/core/errors.ts";

function cross(error: object): Error {
  return recordToError(errorToRecord(error));
}

function fields(error: Error): Record<string, unknown> {
  return Object.fromEntries(Object.entries(error));
}

const builtIns: [string, Error, new (...args: never[]) => Error][] = [
  ["Error", new Error("m"), Error],
  ["TypeError", new TypeError("m"), TypeError],
  ["RangeError", new RangeError("m"), RangeError],
  ["ReferenceError", new ReferenceError("m"), ReferenceError],
  ["SyntaxError", new SyntaxError("m"), SyntaxError],
  ["EvalError", new EvalError("m"), EvalError],
  ["URIError", new URIError("m"), URIError],
  ["AggregateError", new AggregateError([1, 2], "m"), AggregateError],
  ["DOMException", new DOMException("m", "DataCloneError"), DOMException],
];

describe("an error that crosses", () => {
  it.each(builtIns)("keeps class, name, message and stack: %s", (_title, error, Class) => {
    const revived = cross(error);
    expect(Object.getPrototypeOf(revived)).toBe(Class.prototype);
    expect(revived.name).toBe(error.name);
    expect(revived.message).toBe(error.message);
    expect(revived.stack).toBe(error.stack);
    expect(Object.keys(revived)).toEqual(Object.keys(error));
    expect(isError(revived)).toBe(true);
  });

  it("keeps cause, errors, code and own properties, as visible as they were", () => {
    const cause = new Error("inner");
    const error = Object.assign(new AggregateError([cause, null], "outer", { cause }), { code: "E_OUT", status: 500, detail: { row: 3 } });
    const revived = cross(error) as AggregateError & { code: string };
    expect(revived.cause).toBe(cause);
    expect(revived.errors).toEqual([cause, null]);
    expect(fields(revived)).toEqual({ code: "E_OUT", status: 500, detail: { row: 3 } });
    expect(Object.getOwnPropertyDescriptor(revived, "cause")).toMatchObject({ enumerable: false, writable: true, configurable: true });
  });

  it.each([[undefined], [null], [0], [""], [false]])("keeps a cause of %s apart from none", (cause) => {
    expect(Object.hasOwn(cross(new Error("m", { cause })), "cause")).toBe(true);
    expect(cross(new Error("m", { cause })).cause).toBe(cause);
    expect(Object.hasOwn(cross(new Error("m")), "cause")).toBe(false);
  });

  it("keeps a DOMException's name and legacy code, and its cause", () => {
    const revived = cross(Object.assign(new DOMException("gone", "NotFoundError"), { cause: 7 })) as DOMException;
    expect(revived.name).toBe("NotFoundError");
    expect(revived.code).toBe(8);
    expect(revived.cause).toBe(7);
  });

  it("revives a class that is not registered as the nearest built-in one, with the name that it showed", () => {
    class ParseError extends SyntaxError {
      override name = "ParseError";
      line = 4;
    }
    const revived = cross(new ParseError("bad"));
    expect(Object.getPrototypeOf(revived)).toBe(SyntaxError.prototype);
    expect(revived.name).toBe("ParseError");
    expect(fields(revived)).toEqual({ line: 4 });
  });

  it("takes over a stack with the far frames, then where the call was made", () => {
    const revived = cross(new Error("far"));
    const far = revived.stack;
    appendLocalStack(revived, "Error: something\nof two lines\n    at here (file.ts:1:2)\n    at there (file.ts:3:4)");
    expect(revived.stack).toBe(`${far}\n    at <called from here>\n    at here (file.ts:1:2)\n    at there (file.ts:3:4)`);
  });

  it("leaves a frozen error's stack as it is", () => {
    const frozen = Object.freeze(cross(new Error("far")));
    const far = frozen.stack;
    appendLocalStack(frozen, "Error\n    at here");
    expect(frozen.stack).toBe(far);
  });

  it("captures no stack of its own and leaves the limit as it was", () => {
    const limit = Error.stackTraceLimit;
    try {
      Error.stackTraceLimit = 7;
      const revived = recordToError(["Error", "Error", "m", "", {}]);
      expect(Error.stackTraceLimit).toBe(7);
      expect(revived.stack).toBe("Error: m");
    } finally {
      Error.stackTraceLimit = limit;
    }
  });

  it("tells errors of another realm by their brand, and their class by its name", () => {
    const foreign: unknown = runInNewContext(`Object.assign(new RangeError("far away"), { code: 3 })`);
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isError(foreign)).toBe(true);
    const revived = cross(foreign as object);
    expect(revived).toBeInstanceOf(RangeError);
    expect(revived.message).toBe("far away");
    expect(fields(revived)).toEqual({ code: 3 });
  });

  it.each([
    ["null", null],
    ["undefined", undefined],
    ["a string", "Error"],
    ["a function", Error],
    ["a look-alike", { name: "Error", message: "m", stack: "s" }],
    ["a forged tag", { [Symbol.toStringTag]: "Error" }],
    ["a forged DOMException", { [Symbol.toStringTag]: "DOMException", code: 1 }],
    [
      "a Proxy whose traps throw",
      new Proxy(
        {},
        {
          getPrototypeOf() {
            throw new Error("trap");
          },
        },
      ),
    ],
  ])("does not take %s for an error", (_title, value) => {
    expect(isError(value)).toBe(false);
  });
});

describe("an error of nearcall's own", () => {
  const ours: [string, RpcError][] = [
    new RpcError("ERR_X", "m"),
    new PeerLostError("m", { reason: "gone", exitCode: 1, phase: "unsent" }),
    new TimeoutError("m", 5),
    new UnserializableError("m", "args[0]"),
    new NotExposedError("m"),
    new StaleReferenceError("m"),
    new DisposedError("m"),
    new LimitError("m", "text", 9),
    new QueueFullError("m"),
    new ValidationError("m", [{ message: "bad", path: ["a"] }]),
    new AlreadyOwnedError("m", "/run/x", 4),
    new ProtocolError("m"),
  ].map((error) => [error.constructor.name, error]);

  const asThemselves = ["UnserializableError", "NotExposedError", "StaleReferenceError", "LimitError", "ValidationError"];

  it.each(ours)("crosses as an RpcError that says it is remote, and as itself only where no retry hangs on it: %s", (name, error) => {
    const revived = cross(error);
    expect(Object.getPrototypeOf(revived)).toBe(asThemselves.includes(name) ? Object.getPrototypeOf(error) : RpcError.prototype);
    expect(revived).toBeInstanceOf(RpcError);
    expect(revived).toMatchObject({ code: error.code, remote: true, name: asThemselves.includes(name) ? name : "RpcError", message: "m" });
    expect(revived.stack).toContain(`${name}: m`);
    expect(Object.keys(revived)).not.toContain("remote");
    expect(fields(revived)).toEqual(fields(error));
  });

  it("is still remote, and the same, after a second crossing", () => {
    const twice = cross(cross(new TimeoutError("m", 5)));
    expect(fields(twice)).toEqual({ code: "ERR_TIMEOUT", timeout: 5 });
    expect(twice).toMatchObject({ remote: true });
  });

  it("keeps the name of a user's subclass", () => {
    class Refused extends RpcError {
      override name = "Refused";
    }
    expect(cross(new Refused("ERR_REFUSED", "no"))).toMatchObject({ name: "Refused", code: "ERR_REFUSED", remote: true });
  });

  it.each([[undefined], [5], [{}]])("has a code even if the peer says %s", (code) => {
    expect(recordToError(["RpcError", "RpcError", "m", "", { code, remote: false }])).toMatchObject({ code: "ERR_REMOTE", remote: true });
  });
});

describe("a record of a peer that means harm", () => {
  const hostile = JSON.parse(
    `{ "__proto__": { "polluted": 1 }, "constructor": 1, "prototype": 2, "then": 3, "toString": 8, "stack": 4, "name": 5, "message": 6, "fine": 7 }`,
  ) as Record<string, unknown>;

  it.each(["Error", "RpcError", "AggregateError", "DOMException"])("changes nothing but own properties: %s", (className) => {
    const revived = recordToError([className, "Error", "m", "far", hostile]);
    expect(Object.keys(revived).filter((key) => key !== "code")).toEqual(["fine"]);
    expect(revived.message).toBe("m");
    expect(revived.stack).toBe("far");
    expect((revived as { polluted?: number }).polluted).toBeUndefined();
    expect(Reflect.ownKeys(revived)).not.toContain("then");
    expect(Reflect.ownKeys(revived)).not.toContain("constructor");
  });

  it.each(["Function", "Object", "process", "__proto__", "constructor", "toString", "PeerLostError", "TimeoutError", ""])(
    "looks no class up by its name: %j",
    (className) => {
      const revived = recordToError([className, "Strange", "m", "", { code: "ERR_TIMEOUT" }]);
      expect(Object.getPrototypeOf(revived)).toBe(Error.prototype);
      expect(revived.name).toBe("Strange");
    },
  );

  it.each([
    [null],
    ["Error"],
    [[]],
    [["Error", "Error", "m", ""]],
    [["Error", 1, "m", "", {}]],
    [["Error", "Error", "m", "", null]],
    [["Error", "Error", "m", "", []]],
    [["Error", "Error", "m", "", {}, 1]],
  ])("is told from a record: %j", (value) => {
    expect(isErrorRecord(value)).toBe(false);
    expect(isErrorRecord(errorToRecord(new Error("m")))).toBe(true);
  });

  it("does not run a setter", () => {
    let ran = false;
    Object.defineProperty(Error.prototype, "trap", {
      configurable: true,
      set() {
        ran = true;
      },
    });
    try {
      expect(recordToError(["Error", "Error", "m", "", { trap: 1 }])).toMatchObject({ trap: 1 });
      expect(ran).toBe(false);
    } finally {
      Reflect.deleteProperty(Error.prototype, "trap");
    }
  });

  it("keeps an AggregateError's errors iterable", () => {
    expect([...(recordToError(["AggregateError", "AggregateError", "m", "", { errors: 3 }]) as AggregateError).errors]).toEqual([]);
  });
});

describe("an error that resists", () => {
  const throwing = (): never => {
    throw new Error("getter");
  };
  const hostile: [string, object, Partial<Record<"name" | "message", string>>][] = [
    [
      "a message getter that throws",
      Object.defineProperty(new TypeError("m"), "message", { get: throwing }),
      { name: "TypeError", message: "(the error's message could not be read)" },
    ],
    [
      "a name getter that throws",
      Object.defineProperty(new TypeError("m"), "name", { get: throwing }),
      { name: "TypeError", message: "m" },
    ],
    ["a name that is no string", Object.assign(new Error("m"), { name: 5 }), { name: "Error" }],
    ["a stack that is no string", Object.assign(new Error("m"), { stack: { frames: [] } }), { message: "m" }],
    ["a stack getter that throws", Object.defineProperty(new Error("m"), "stack", { get: throwing }), { message: "m" }],
    ["a frozen error", Object.freeze(new Error("m")), { message: "m" }],
    ["an error without a prototype", Object.setPrototypeOf(new Error("m"), null) as object, { name: "Error", message: "m" }],
    [
      "a Proxy whose traps throw",
      new Proxy(new Error("m"), { get: throwing, ownKeys: throwing, getPrototypeOf: throwing }),
      { name: "Error" },
    ],
  ];

  it.each(hostile)("always gives a record: %s", (_title, error, expected) => {
    const record = errorToRecord(error);
    expect(typeof record[3]).toBe("string");
    expect(recordToError(record)).toMatchObject(expected);
    expect(publicRecord(error)).toHaveLength(5);
  });

  it("reads an own getter once, and names the properties that could not be read or may not cross", () => {
    let reads = 0;
    const error = Object.defineProperties(new Error("m"), {
      counted: { enumerable: true, get: () => (reads += 1) },
      broken: { enumerable: true, get: throwing },
      then: { enumerable: true, value: () => {} },
    });
    expect(fields(cross(error))).toEqual({ counted: 1, unsent: ["broken", "then"] });
    expect(reads).toBe(1);
  });

  it("passes a cause that contains itself on to the wire", () => {
    const error = new Error("m") as Error & { cause: unknown };
    error.cause = error;
    const record = errorToRecord(error);
    expect(record[4]["cause"]).toBe(error);
    const revived = bareError([record[0], record[1], record[2], record[3], {}]);
    assignOwn(revived, { cause: revived });
    expect(revived.cause).toBe(revived);
  });
});

describe("a record that is cut down", () => {
  it("names what could not be sent, also the second time", () => {
    const record = errorToRecord(Object.assign(new Error("m"), { socket: 1, path: "/x", handle: 2 }));
    const once = withoutProperties(record, ["socket"]);
    expect(fields(recordToError(withoutProperties(once, ["handle"])))).toEqual({ path: "/x", unsent: ["socket", "handle"] });
    expect(record[4]).toHaveProperty("socket");
  });

  it("shows only name, message and code to the public", () => {
    const error = Object.assign(new TypeError("m", { cause: new Error("secret") }), { code: "E_X", password: "secret" });
    expect(publicRecord(error)).toEqual(["TypeError", "TypeError", "m", "", { code: "E_X" }] satisfies ErrorRecord);
    expect(recordToError(publicRecord(error)).stack).toBe("TypeError: m");
    expect(publicRecord(Object.assign(new Error("m"), { code: { secret: 1 } }))[4]).toEqual({});
    expect(recordToError(publicRecord(new LimitError("m", "text", 3)))).toMatchObject({ code: "ERR_LIMIT", remote: true });
  });
});

it("keeps the kinds of own properties of nearcall's errors, whatever a peer sends", () => {
  const [className, name, message, stack] = errorToRecord(new ValidationError("no", []));
  const revived = recordToError([className, name, message, stack, { code: "ERR_VALIDATION", issues: "none" }]);
  expect(revived).toMatchObject({ issues: [] });
});

it("an error goes plainly, with the errors in it, and is not changed by it", () => {
  const shared = new TypeError("shared");
  const error = Object.assign(new RangeError("all", { cause: shared }), { unsent: ["before"], handle: () => 1, level: 2 });
  const many: Error = Object.assign(new AggregateError([error, shared]), { first: error });
  Object.assign(error, { whole: many });
  const plain = plainly(many) as AggregateError & { first: unknown };
  expect(plain).toBeInstanceOf(AggregateError);
  expect(plain.errors[0]).toBeInstanceOf(RangeError);
  expect(plain.errors[0]).toMatchObject({ message: "all", level: 2, unsent: ["before", "handle"] });
  expect(plain.errors[0]).toBe(plain.first);
  expect((plain.first as { whole: unknown }).whole).toBe(plain);
  expect(plain).not.toHaveProperty("unsent");
  expect(error.unsent).toEqual(["before"]);
});

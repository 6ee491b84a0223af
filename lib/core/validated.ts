// Checks arguments before a member runs, by any library that speaks Standard Schema.
import { ValidationError, type ValidationIssue } from "./errors.ts";

/** The part of a validator that is used here (https://standardschema.dev). */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    /** Answers the value, or what is wrong with it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly ValidationIssue[] };

/**
 * A member that runs only if its arguments pass: `schema` validates them as one array, and what it makes of them
 * (defaults, conversions) is what the member gets. Others make the call reject with `ValidationError`, issues and all.
 *
 * @param schema of the array of arguments, from any Standard Schema library (zod, valibot, arktype, …)
 * @example
 * export const resize = validated(z.tuple([z.string(), z.number().positive()]), (name, width) => …);
 */
export function validated<Args extends readonly unknown[], Result>(
  schema: StandardSchema<Args>,
  member: (...args: Args) => Result,
): (...args: Args) => Result | Promise<Awaited<Result>> {
  const accepted = (result: SchemaResult<Args>, api: unknown): Args => {
    if (result.issues === undefined) return result.value;
    // An arrow function that was written right here has no name, but what exposes it has one for it.
    const name = member.name === "" ? nameIn(api, checked) : member.name;
    throw refusal(result.issues, name === undefined ? "The member" : `${name}()`);
  };
  const checked = function (this: unknown, ...args: Args): Result | Promise<Awaited<Result>> {
    const result = schema["~standard"].validate(args);
    if (result instanceof Promise)
      return result.then((later) => Reflect.apply(member, this, accepted(later, this)) as Result) as Promise<Awaited<Result>>;
    return Reflect.apply(member, this, accepted(result, this)) as Result;
  };
  Object.defineProperty(checked, "name", { value: member.name, configurable: true });
  Object.defineProperty(checked, "length", { value: member.length, configurable: true });
  return checked;
}

function nameIn(api: unknown, member: unknown): string | undefined {
  return Object.entries(Object.getOwnPropertyDescriptors(Object(api) as object)).find(([, { value }]) => value === member)?.[0];
}

function refusal(found: readonly ValidationIssue[], name: string): ValidationError {
  const issues = found.map(({ message, path }) => ({
    message,
    path: path?.map((part) => (typeof part === "object" ? part.key : part)),
  }));
  const first = issues[0];
  const where = first?.path === undefined || first.path.length === 0 ? "" : ` at ${first.path.map(String).join(".")}`;
  return new ValidationError(`${name} was called with arguments that do not pass${where}: ${first?.message ?? "invalid"}`, issues);
}

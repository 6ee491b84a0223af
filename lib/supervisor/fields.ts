// Reads the fields of a spec one by one. Each reader throws a SpecError that names the field and says what
// would do; `done` refuses what nobody read, which is how a misspelt field shows.
import { SpecError } from "./errors.ts";

export class Fields {
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #read = new Set<string>();

  constructor(given: unknown, path: string) {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw new SpecError(path, `must be an object, not ${show(given)}`);
    }
    this.#given = given as Record<string, unknown>;
    this.#path = path;
  }

  at(name: string): string {
    return `${this.#path}.${name}`;
  }

  has(name: string): boolean {
    return this.take(name) !== undefined;
  }

  take(name: string): unknown {
    this.#read.add(name);
    return this.#given[name];
  }

  fail(name: string, problem: string): never {
    throw new SpecError(this.at(name), problem);
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.take(name) ?? fallback;
    if (choices.includes(value as T)) return value as T;
    return this.fail(name, `must be ${choices.map((choice) => `"${choice}"`).join(", ")}, not ${show(value)}`);
  }

  /** A finite number of at least `least`. */
  number(name: string, fallback: number, least = 0): number {
    const value = this.take(name);
    if (value === undefined) return fallback;
    if (typeof value === "number" && Number.isFinite(value) && value >= least) return value;
    return this.fail(name, `must be a number of at least ${least}, not ${show(value)}`);
  }

  integer(name: string, fallback: number, least = 0): number {
    const value = this.number(name, fallback, least);
    if (value === fallback || Number.isInteger(value)) return value;
    return this.fail(name, `must be a whole number, not ${show(value)}`);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.take(name) ?? fallback;
    if (typeof value === "boolean") return value;
    return this.fail(name, `must be true or false, not ${show(value)}`);
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    return this.fail(name, `must be a string, not ${show(value)}`);
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.take(name);
    if (value === undefined || Array.isArray(value)) return value as readonly unknown[] | undefined;
    return this.fail(name, `must be an array, not ${show(value)}`);
  }

  done(): void {
    const unknown = Object.keys(this.#given).find((name) => !this.#read.has(name) && this.#given[name] !== undefined);
    if (unknown === undefined) return;
    const known = [...this.#read].map((name) => `"${name}"`).join(", ");
    throw new SpecError(this.at(unknown), `is not known; there are ${known}`);
  }
}

export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

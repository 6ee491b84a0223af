// What is known of the members of one place of the far side: whether a name gives something to be called, an object to
// go on from, or a value. Asked once for all members of a place, and kept for all remotes that lead there.
import type { MemberDescription } from "../core/describe.ts";

/**
 * What to do with a member. `remote`: it is called, constructed, or has members that are; to read it gives a proxy, at
 * no cost. `value`: to read it asks the far side, each time.
 */
export type Way = "remote" | "value";

/** Asks the far side for the members of a place. */
export type Describe = (names: readonly string[]) => readonly MemberDescription[];

/** So many places are asked to find out whether an object holds anything that can be called. */
const LARGEST_SEARCH = 64;

export class Place {
  readonly #names: readonly string[];
  #members: Map<string, MemberDescription> | undefined;
  #ways = new Map<string, Way>();
  readonly #places = new Map<string, Place>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  child(name: string): Place {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = new Place([...this.#names, name]);
      this.#places.set(name, place);
    }
    return place;
  }

  way(name: string, describe: Describe): Way {
    let way = this.#ways.get(name);
    if (way === undefined) {
      way = this.#find(name, describe);
      // What is not there, or not yet, is asked for again.
      if (this.#members!.has(name)) this.#ways.set(name, way);
    }
    return way;
  }

  /** It turned out so. */
  setWay(name: string, way: Way): void {
    this.#ways.set(name, way);
  }

  /** Members were set or deleted. */
  forget(): void {
    this.#members = undefined;
    this.#ways = new Map();
    this.#places.clear();
  }

  /** Whether the member was described as an object, which is a value only as long as nothing in it can be called. */
  isObject(name: string): boolean {
    return this.#members?.get(name)?.kind === "object";
  }

  #find(name: string, describe: Describe): Way {
    let member = this.#members?.get(name);
    if (member === undefined) {
      this.#members = new Map(describe(this.#names).map((found) => [found.name, found]));
      member = this.#members.get(name);
    }
    switch (member?.kind) {
      case "method":
      case "class":
        return "remote";
      case "object":
        if (member.byReference === true) return "value";
        return this.child(name).#holdsFunctions(describe, { left: LARGEST_SEARCH }) ? "remote" : "value";
      case "getter":
      case "value":
      case undefined:
        return "value";
    }
  }

  /** Copied, functions would lose the object that they belong to, so an object that holds some is not copied. */
  #holdsFunctions(describe: Describe, search: { left: number }): boolean {
    search.left -= 1;
    if (search.left < 0) return true;
    const members = describe(this.#names);
    this.#members = new Map(members.map((found) => [found.name, found]));
    if (members.some(({ kind }) => kind === "method" || kind === "class")) return true;
    return members.some(
      ({ name, kind, byReference }) => kind === "object" && byReference !== true && this.child(name).#holdsFunctions(describe, search),
    );
  }
}

// Objects that lead to other objects.
import { RemoteObject } from "nearcall";

export let open = 0;

class Book extends RemoteObject {
  #pages;
  constructor(title) {
    super();
    this.#pages = [`${title}, page 1`, `${title}, page 2`];
    open += 1;
  }
  page(number) {
    return this.#pages[number - 1];
  }
  /** Runs once, when the last holder of this book lets go. */
  [Symbol.dispose]() {
    open -= 1;
  }
}

export async function find(title) {
  return new Book(title);
}

export function read(page) {
  return `(${page})`;
}

export async function lose(title) {
  throw new Error(`Nobody has seen ${title}`);
}

/** Calls back into an object of the caller's. */
export async function fill(shelf) {
  await shelf.put("Emma");
  await shelf.put("Ulysses");
  return shelf;
}

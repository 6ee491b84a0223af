// An ordinary module: what it exports is callable. It knows nothing of nearcall.
export function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export const limit = 45;

export const nested = { deep: { twice: (n) => n * 2 } };

export class Counter {
  #count;
  constructor(start) {
    this.#count = start;
  }
  add(by) {
    this.#count += by;
    return this;
  }
  get count() {
    return this.#count;
  }
}

export const pid = process.pid;

// Which live values a message has, each of them once, and under which numbers its bytes name them.

/** Up to so many are searched one by one. */
const FEW = 32;
const NONE: object[] = [];

export class LiveNumbers {
  #lives = NONE;
  /** The same by value, once there are many. */
  #numbers: Map<object, number> | undefined = undefined;

  /** From now on `lives` is added to. */
  begin(lives: object[]): void {
    this.#lives = lives;
  }

  /** Lets go of the message's values. */
  end(): void {
    this.#lives = NONE;
    if (this.#numbers !== undefined) this.#numbers = undefined;
  }

  get list(): readonly object[] {
    return this.#lives;
  }

  /** The number of `value`, the same one each time. */
  of(value: object): number {
    const lives = this.#lives;
    if (lives.length < FEW) {
      const known = lives.indexOf(value);
      return known === -1 ? lives.push(value) - 1 : known;
    }
    const numbers = (this.#numbers ??= new Map(lives.map((live, number) => [live, number])));
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, lives.length);
    return lives.push(value) - 1;
  }

  /** Forgets those from `count` on. */
  truncate(count: number): void {
    this.#lives.length = count;
    this.#numbers = undefined;
  }
}

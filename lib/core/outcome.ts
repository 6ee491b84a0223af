// What a call answered, kept on the answering side for calls of the same tick that start at it.
export class Outcome {
  state: "pending" | "fulfilled" | "rejected" = "pending";
  value: unknown = undefined;
  #waiting: ((outcome: Outcome) => void)[] = [];

  /** Once; what comes later changes nothing. */
  settle(rejected: boolean, value: unknown): void {
    if (this.state !== "pending") return;
    this.state = rejected ? "rejected" : "fulfilled";
    this.value = value;
    this.#wake();
  }

  /** There will be no answer: who waits is called back while it is still pending. */
  breakOff(): void {
    this.#wake();
  }

  /** Calls back when there is an answer, or will be none; at once if there is one. */
  whenSettled(callback: (outcome: Outcome) => void): void {
    if (this.state === "pending") this.#waiting.push(callback);
    else callback(this);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake(this);
  }

  get promise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.whenSettled(({ state, value }) => (state === "rejected" ? reject(value) : resolve(value)));
    });
  }
}

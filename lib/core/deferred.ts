// A value that is still on its way to this side.

/** Something that stands where a value will be: the peer's promise, or what one of its calls answers. */
export class Deferred {
  readonly promise: Promise<unknown>;
  resolve!: (value: unknown) => void;
  reject!: (reason: unknown) => void;

  constructor(source?: PromiseLike<unknown>) {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A promise that came inside of a value is nobody's to handle until somebody takes it up.
    this.promise.catch(ignore);
    source?.then(this.resolve, this.reject);
  }
}

/** Arguments of a call that cannot be had before other calls were answered. */
export class DeferredArguments {
  readonly ready: Promise<readonly unknown[]>;

  constructor(ready: Promise<readonly unknown[]>) {
    this.ready = ready;
    ready.catch(ignore);
  }
}

function ignore(): void {}

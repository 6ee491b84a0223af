// What a user's module looks like in TypeScript; test/package/user.ts and the README's example use it.
export const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2));

export async function* squares(count: number): AsyncGenerator<number, void, undefined> {
  for (let n = 1; n <= count; n += 1) yield n * n;
}

export async function train(epochs: number, progress: (done: number) => void | Promise<void>): Promise<void> {
  for (let epoch = 1; epoch <= epochs; epoch += 1) await progress(epoch / epochs);
}

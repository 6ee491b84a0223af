// Gives up waiting for what may never come: some peers hang where their worker fails.

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} milliseconds
 * @param {string} what
 * @returns {Promise<T>}
 */
export function deadline(promise, milliseconds, what) {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`${what}: no answer within ${milliseconds} ms`));
    const timer = setTimeout(giveUp, milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

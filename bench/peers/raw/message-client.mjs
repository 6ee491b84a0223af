// The near side of the raw rows that send one message a call: ids matched in a map, no more than a careful
// programmer would write by hand. postMessage, process.send and JSON lines on a socket all use it.

/**
 * @param {(message: object) => void} send
 * @param {(listener: (message: any) => void) => void} listen
 */
export function messageClient(send, listen) {
  const pending = new Map();
  let lastId = 0;

  listen((message) => {
    const call = pending.get(message.id);
    if (call === undefined) return;
    if (message.call !== undefined) {
      Promise.resolve(call.callback(message.value)).then((answer) => send({ answerTo: message.call, answer }));
    } else if (message.items !== undefined) {
      call.push(message.items, message.done);
    } else {
      pending.delete(message.id);
      if (message.error !== undefined) call.reject(new Error(message.error));
      else call.resolve(message.result);
    }
  });

  const invoke = (method, args, callback) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, { resolve, reject, callback });
      send({ id, method, args });
    });

  return {
    add: (left, right) => invoke("add", [left, right]),
    echo: (value) => invoke("echo", [value]),
    fail: (message) => invoke("fail", [message]),
    withCallback: (times, callback) => invoke("withCallback", [times], callback),
    items: (count) => receiveItems(count),
  };

  // No credit and no backpressure: an item a message, as fast as they come.
  async function* receiveItems(count) {
    const id = ++lastId;
    let arrived = [];
    let done = false;
    let wake = () => {};
    const push = (batch, last) => {
      arrived.push(...batch);
      done = last;
      wake();
    };
    pending.set(id, { push });
    send({ id, method: "items", args: [count] });
    while (!done || arrived.length > 0) {
      if (arrived.length === 0) await new Promise((resolve) => (wake = resolve));
      const batch = arrived;
      arrived = [];
      yield* batch;
    }
    pending.delete(id);
  }
}

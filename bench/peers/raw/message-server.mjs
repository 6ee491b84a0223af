// The far side of the raw rows that send one message a call.

import * as api from "../far/api.mjs";

/**
 * @param {(message: object) => void} send
 * @param {(listener: (message: any) => void) => void} listen
 */
export function messageServer(send, listen) {
  const answers = new Map();
  let lastCall = 0;

  listen((message) => {
    if (message.answerTo !== undefined) {
      answers.get(message.answerTo)(message.answer);
      answers.delete(message.answerTo);
    } else if (message.method === "items") {
      void sendItems(message.id, message.args[0]);
    } else if (message.method === "withCallback") {
      api.withCallback(message.args[0], callbackOf(message.id)).then((result) => send({ id: message.id, result }));
    } else {
      send(answerTo(message));
    }
  });

  const callbackOf = (id) => (value) =>
    new Promise((resolve) => {
      const call = ++lastCall;
      answers.set(call, resolve);
      send({ id, call, value });
    });

  async function sendItems(id, count) {
    for await (const item of api.items(count)) send({ id, items: [item], done: false });
    send({ id, items: [], done: true });
  }
}

function answerTo({ id, method, args }) {
  try {
    return { id, result: api[method](...args) };
  } catch (error) {
    return { id, error: error.message };
  }
}

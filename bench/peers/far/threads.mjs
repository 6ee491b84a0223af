// The worker of ../threads.mjs.

import { Observable } from "threads/observable";
import { expose, Transfer } from "threads/worker";
import { add, echo, fail, items, work } from "./api.mjs";

expose({ add, echo, fail, work, move: (buffer) => Transfer(buffer), items: (count) => observe(items(count)) });

function observe(iterable) {
  return new Observable((observer) => {
    const pass = async () => {
      for await (const item of iterable) observer.next(item);
      observer.complete();
    };
    void pass();
  });
}

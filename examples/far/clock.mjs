// An EventEmitter, marked to be used from afar.
import { EventEmitter } from "node:events";
import { proxy } from "nearcall";

export const clock = proxy(new EventEmitter());

export function tick(time) {
  clock.emit("tick", time);
}

// Works on memory that is moved or shared, not copied.
import { transfer } from "nearcall";

export function invert(pixels) {
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = 255 - pixels[index];
  return transfer(pixels, [pixels.buffer]);
}

export function add(counter) {
  Atomics.add(new Int32Array(counter), 0, 1);
}

export function answerOn(port) {
  port.postMessage("over a port of our own");
  port.close();
}

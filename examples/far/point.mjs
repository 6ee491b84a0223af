// A class that both sides know, and how it is copied.
import { classCodec } from "nearcall";

export class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  plus(other) {
    return new Point(this.x + other.x, this.y + other.y);
  }
}

export const pointCodec = classCodec(Point, {
  name: "point",
  encode: ({ x, y }) => [x, y],
  decode: ([x, y]) => new Point(x, y),
});

// Uses a copied class. What needs options on this side calls expose() itself.
import { expose } from "nearcall";
import { Point, pointCodec } from "./point.mjs";

expose({ centre: ({ from, to }) => new Point((from.x + to.x) / 2, (from.y + to.y) / 2) }, undefined, { classes: [pointCodec] });

// Instances of a registered class are copied, class and all, at any depth.
import { spawnThread } from "nearcall";
import { Point, pointCodec } from "./far/point.mjs";

const geometry = await spawnThread(new URL("far/geometry.mjs", import.meta.url), { classes: [pointCodec] });

const centre = await geometry.remote.centre({ from: new Point(0, 0), to: new Point(4, 2) });
console.log(centre, centre instanceof Point, centre.plus(new Point(1, 1)));

// Without a codec, an instance is refused, with the path to it: it would arrive without its methods.
await geometry.remote.centre({ from: new (class Pixel {})() }).catch((error) => console.log(error.code, error.path));

await geometry.close();

// Prints:
// Point { x: 2, y: 1 } true Point { x: 3, y: 2 }
// ERR_UNSERIALIZABLE args[0].from

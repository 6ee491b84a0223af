// Registers a class whose instances are copied, class and all.
import type { ClassCodec } from "./values.ts";

/**
 * Says how instances of a class are copied: both sides list the result in `options.classes`. Errors of one's own
 * can be registered too. Subclasses are found before their bases.
 *
 * @param Class the class; its instances, and those of subclasses without a codec of their own, are copied by this one
 * @param codec `name`: the same on both sides. `encode`: what of the instance crosses, any value that can cross
 *   itself. `decode`: makes an instance of it
 * @example
 * const point = classCodec(Point, { name: "point", encode: ({ x, y }) => [x, y], decode: ([x, y]) => new Point(x, y) });
 * const api = wrap(port, { classes: [point] });
 */
export function classCodec<Instance extends object, Data>(
  Class: abstract new (...args: never[]) => Instance,
  codec: { readonly name: string; readonly encode: (instance: Instance) => Data; readonly decode: (data: Data) => Instance },
): ClassCodec {
  if (typeof Class !== "function") throw new TypeError("classCodec() takes the class first");
  if (typeof codec.name !== "string" || codec.name === "") throw new TypeError("classCodec() needs a name, the same on both sides");
  const { name, encode, decode } = codec;
  // What arrives under this name is what `encode` made of an instance over there.
  return { name, Class, encode: encode as (instance: object) => unknown, decode: decode as (data: unknown) => object };
}

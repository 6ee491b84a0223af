// Damage to bytes that keeps more of their structure than chance would.
import fc from "fast-check";

export interface Change {
  readonly kind: string;
  readonly at: number;
  readonly value: number;
}

/** A number set, a bit turned, a piece cut out or repeated, a byte moved. */
export const damage: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("set" as const),
      at: fc.nat(),
      value: fc.oneof(fc.integer({ min: 0, max: 21 }), fc.constantFrom(127, 128, 255), fc.nat(255)),
    }),
    fc.record({ kind: fc.constant("flip" as const), at: fc.nat(), value: fc.nat(7) }),
    fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), value: fc.nat(8) }),
    fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(), value: fc.nat(40) }),
    fc.record({ kind: fc.constant("move" as const), at: fc.nat(), value: fc.nat() }),
  ),
  { minLength: 1, maxLength: 4 },
);

export function damaged(original: Uint8Array, changes: readonly Change[]): Uint8Array {
  let bytes = [...original];
  for (const { kind, at, value } of changes) {
    if (bytes.length === 0) break;
    const place = at % bytes.length;
    if (kind === "set") bytes[place] = value;
    else if (kind === "flip") bytes[place]! ^= 1 << value;
    else if (kind === "cut") bytes.splice(place, value);
    else if (kind === "repeat") bytes.splice(place, 0, ...bytes.slice(place, place + value));
    else bytes = bytes.map((byte, index) => (index === place ? bytes[value % bytes.length]! : byte));
  }
  return Uint8Array.from(bytes);
}

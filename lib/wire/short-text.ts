// Short strings on their way in. To call `String.fromCharCode` with so many arguments takes a third of the
// time of a call into Node, and less than to add character to character; it only does not look like it.

/** The longest string that `shortText` reads. */
export const SHORT_TEXT = 11;

const { fromCharCode: char } = String;

/** `size` characters, a byte each, from `p` on. */
export function shortText(b: Uint8Array, p: number, size: number): string {
  switch (size) {
    case 1:
      return char(b[p]!);
    case 2:
      return char(b[p]!, b[p + 1]!);
    case 3:
      return char(b[p]!, b[p + 1]!, b[p + 2]!);
    case 4:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!);
    case 5:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!);
    case 6:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!);
    case 7:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!);
    case 8:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!);
    case 9:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!);
    case 10:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!);
    case 11:
      return char(b[p]!, b[p + 1]!, b[p + 2]!, b[p + 3]!, b[p + 4]!, b[p + 5]!, b[p + 6]!, b[p + 7]!, b[p + 8]!, b[p + 9]!, b[p + 10]!);
    default:
      return "";
  }
}

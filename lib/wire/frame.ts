// The layout of a frame, and the numbers of everything that appears in one.
//
//   0        4        8    9     10       12
//   ┌────────┬────────┬────┬─────┬────────┬───────────────┬─────────────┬─────────┬──────────┐
//   │ length │   id   │kind│flags│  aux   │ body          │ slots       │ padding │ slots at │
//   │  u32   │  u32   │ u8 │ u8  │  u16   │               │ (if flag)   │ to 8    │ u32 (if) │
//   └────────┴────────┴────┴─────┴────────┴───────────────┴─────────────┴─────────┴──────────┘
//
// Little endian. `length` counts the whole frame, header and padding too, and is a multiple of 8, so
// that frames of one buffer stay aligned. `id` is that of the call, stream, reference or signal.
// `aux` is the number of the member's path in calls (0: the path stands in the body).
// The body of a call:  target u32 (if flag) · path (if aux is 0) · headers (if flag) ·
//                      depth u8 · count u8 (255: u32 follows) · arguments
// The slot table:      count u32 · (kind u8 · id u32 · extra value)*
//
// docs/protocol.md says it for readers of the bytes, and a test holds the two together.

export const HEADER_SIZE = 12;

export const Kind = {
  hello: 1,
  auth: 2,
  goAway: 3,
  bye: 4,
  acknowledge: 5,
  ping: 6,
  pong: 7,
  name: 8,
  result: 10,
  failure: 11,
  abort: 12,
  forget: 13,
  release: 14,
  settle: 15,
  fire: 16,
  never: 17,
  item: 20,
  end: 21,
  fail: 22,
  credit: 23,
  cancel: 24,
  /** Calls: this plus the number of the operation in `OPS`. */
  call: 32,
} as const;

/** In the order of their numbers on the wire. */
export const OPS = ["call", "construct", "get", "set", "delete", "has", "keys", "describe"] as const;

/** Bits 0 to 2 and 7 of a call are `CallFlag`; of other kinds, bit 0 and 1 are their own. */
export const Flag = {
  /** Streams: the sender numbered it. Settle: rejected. */
  first: 1,
  /** Credit: a value is there. Cancel: it is thrown. */
  second: 2,
  target: 8,
  targetIsResult: 16,
  headers: 32,
  slots: 64,
} as const;

/** Nested tables of slots; nobody has a reason for more. */
export const MAX_SLOT_DEPTH = 16;
/** Interned paths, at most; later ones are written out. */
export const MAX_NAMES = 4096;
/** Characters of interned paths, at most. */
export const MAX_NAMES_SIZE = 65_536;
/** Names in one path, and characters in one name. */
export const MAX_PATH_LENGTH = 64;
export const MAX_NAME_LENGTH = 1024;

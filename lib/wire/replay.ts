// What a tree has written is what it has read: when a value turns out to be more than a tree, the bytes
// are read again in place of the user's objects, whose accessors may answer once only.
import { skipBinary } from "./binary.ts";
import { ByteReader } from "./bytes.ts";
import { UNLIMITED } from "./limits.ts";
import { Tag } from "./tags.ts";
import { readValue, shapesOf } from "./tree-decode.ts";
import type { TreeWriter } from "./tree-encode.ts";

const NOTHING: readonly object[] = [];

/** What the tree has written from `start` on, to be read again. */
export function replayOf(tree: TreeWriter, start: number): Replay {
  // What it remembers of shapes is of use to the next one.
  const replay = (tree.replay ??= new Replay(tree)) as Replay;
  replay.begin(start);
  return replay;
}

export class Replay {
  readonly #reader = new ByteReader();
  readonly #tree: TreeWriter;
  #entered: readonly (object | undefined)[] = NOTHING;
  #reentered = 0;
  /** An object was given out whose members come next. */
  #awaited: object | undefined = undefined;
  #isOver = true;

  constructor(tree: TreeWriter) {
    this.#tree = tree;
  }

  begin(start: number): void {
    const { writer, entered } = this.#tree;
    this.#entered = entered;
    this.#reentered = 0;
    this.#awaited = undefined;
    this.#isOver = start === writer.length;
    this.#reader.reset(writer.buffer, start, writer.length, false);
    shapesOf(this.#reader).begin();
  }

  /** Lets go of everything of the value. */
  end(): void {
    if (this.#entered === NOTHING) return;
    this.#entered = NOTHING;
    this.#awaited = undefined;
    this.#reader.clear();
  }

  /** Everything that was read before has been given out. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The last object was not entered again, as it had been before: its marks changed in between. */
  get isLost(): boolean {
    return this.#awaited !== undefined;
  }

  /** The next member: the user's own object where it is one. */
  next(): unknown {
    const reader = this.#reader;
    if (reader.position === reader.end) {
      this.#isOver = true;
      return this.#tree.failed;
    }
    switch (reader.bytes[reader.position]) {
      case Tag.array:
      case Tag.object:
      case Tag.sameShape:
      case Tag.bareObject:
        return (this.#awaited = this.#entered[this.#reentered]);
      case Tag.binary:
      case Tag.date:
        skipLeaf(reader);
        return this.#entered[this.#reentered++];
      default:
        return readValue(reader, this.#tree.policy, UNLIMITED, this.#tree.lives.list, 0);
    }
  }

  /** Whether `value` was entered at this point, so that its members come next. */
  isNext(value: object): boolean {
    return !this.#isOver && this.#entered[this.#reentered] === value;
  }

  /** Enters an array: its length. */
  length(): number {
    this.#enter();
    this.#reader.u8();
    return this.#reader.count();
  }

  /** Enters an object: its names. */
  keys(): readonly string[] {
    this.#enter();
    const reader = this.#reader;
    const tag = reader.u8();
    const shapes = shapesOf(reader);
    if (tag === Tag.sameShape) return shapes.numbered(reader.u8());
    return shapes.read(reader, UNLIMITED.text, tag === Tag.object);
  }

  #enter(): void {
    this.#reentered += 1;
    this.#awaited = undefined;
  }
}

function skipLeaf(reader: ByteReader): void {
  if (reader.u8() === Tag.date) reader.skip(8);
  else skipBinary(reader);
}

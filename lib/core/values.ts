// The joint between the core, which decides how a value passes, and the wire, which writes it.
// A value either is copied (the wire writes it whole) or is live (a reference, stream, signal,
// promise, handle): then the wire writes only its index in the message's table of live values,
// and the core turns that table into slots. Copied bytes therefore know nothing of a session,
// which is what lets a call be encoded before its connection exists.

/** How an object of a registered class is copied. */
export interface ClassCodec<Instance extends object = object, Data = unknown> {
  /** Names the class on the wire; both sides must use the same. */
  readonly name: string;
  readonly Class: abstract new (...args: never[]) => Instance;
  /** What of the instance crosses: any value that can cross itself. */
  readonly encode: (instance: Instance) => Data;
  /** Makes an instance of what crossed. */
  readonly decode: (data: Data) => Instance;
}

/** Decides for each object or function that is met while a value is encoded. */
export interface PassingPolicy {
  /** Errors are sent with name, message and code only. */
  readonly publicErrors: boolean;
  /**
   * True: the value goes into the table of live values instead of being copied. Asked of every
   * function, and of every object before anything of it is read. Must be cheap and must not throw.
   */
  isLive(value: object): boolean;
  /** The codec of the value's class, subclasses first. Asked of what is neither live, plain nor built in, and of errors. */
  classCodecOf(value: object): ClassCodec | undefined;
  /** By the name that a peer sent. Unknown names give undefined. */
  classCodecNamed(name: string): ClassCodec | undefined;
}

/** What is accepted of a peer in one message. Counts and bytes; checked before anything is allocated. */
export interface ValueLimits {
  /** Bytes of text (JSON, strings) of one message. @defaultValue 1 MiB on sockets, 64 MiB to threads and own children */
  readonly text: number;
  /** Bytes of one message in all, binary included. @defaultValue 64 MiB */
  readonly binary: number;
  /** Levels of nesting. @defaultValue 1,000 */
  readonly depth: number;
  /** Objects, arrays and their members in one message. @defaultValue 1,000,000 on sockets */
  readonly nodes: number;
}

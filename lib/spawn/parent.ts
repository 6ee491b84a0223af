// The far side's end of a spawn: from the transport to the parent and the module's URL to a session with something
// exposed on it. `expose()` without an endpoint finds it by a name that all copies of this package share.
import type { AdmissionRules } from "../core/admission.ts";
import type { Connection } from "../core/connection.ts";
import { RpcError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import type { Transport } from "../core/transport.ts";
import { nodeHost } from "../node/host.ts";
import { wireCodec } from "../wire/codec.ts";
import { checkOptions } from "./check-options.ts";
import { ParentTransport } from "./parent-transport.ts";
import type { ParentEnd } from "./parent-transport.ts";

/** Whoever started this thread or process with nearcall. */
export interface Parent {
  expose(api: object, options: ConnectionOptions): Connection;
  /** The session with it, which begins when the module has loaded. */
  session(): Session;
}

export interface ServeOptions {
  /** How long this side may take to end once the connection was closed, in ms. */
  readonly exitTimeout: number;
  /** Whether this side ends when the parent is gone. */
  readonly endsWithParent: boolean;
  /** Tells at any time whether the parent gave call `id` up. */
  readonly abortFlag?: (id: number) => boolean;
  /** Lets some of the parent's calls wait for their turn. */
  readonly admission?: AdmissionRules;
}

/** Under which the parent is found. On the global object, since a module may import a copy of this package of its own. */
const KEY = Symbol.for("nearcall.parent");

export function parentOfThisThread(): Parent | undefined {
  return Reflect.get(globalThis, KEY) as Parent | undefined;
}

/** How long this side may take to put things in order once its parent is gone, in ms. */
const LOST_TIMEOUT = 250;

/** Loads the module, and exposes its exports to the parent unless it exposes something itself. */
export function serveParent(inner: Transport, module: string, options: ServeOptions): void {
  const parent = new ServedParent(inner, options);
  Object.defineProperty(globalThis, KEY, { value: parent });
  import(module).then(
    (exports: object) => parent.onLoaded(exports),
    (error: unknown) => parent.onFailed(withAdvice(error)),
  );
}

/** What Node says of a module in TypeScript names the file and no way out. */
function withAdvice(error: unknown): unknown {
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === "ERR_UNKNOWN_FILE_EXTENSION")
    error.message += `. Node ${process.version} does not run it as it is: compile it, and name what was compiled.`;
  return error;
}

class ServedParent implements Parent {
  readonly #transport: ParentTransport;
  readonly #options: ServeOptions;
  #session: Session | undefined;
  /** Whether the module called `expose`, rather than having its exports exposed. */
  #isExposed = false;
  #isStarted = false;
  #hasFailed = false;

  constructor(inner: Transport, options: ServeOptions) {
    this.#options = options;
    this.#transport = new ParentTransport(inner, (how) => this.#onEnd(how));
  }

  expose(api: object, options: ConnectionOptions): Connection {
    if (this.#isExposed) {
      throw new RpcError(
        "ERR_ALREADY_EXPOSED",
        "expose() was called a second time. To offer more, expose one object that has it all as members.",
      );
    }
    // By the end of loading, or by parentSync(), it was opened without options.
    if (this.#session !== undefined) checkOptions(options, {}, this.#transport.label);
    const session = (this.#session ??= this.#open(options));
    session.expose(api, options);
    this.#isExposed = true;
    // What the module throws in the same breath still counts as not having loaded.
    process.nextTick(() => this.#start());
    return session.connection;
  }

  session(): Session {
    return (this.#session ??= this.#open({}));
  }

  onLoaded(exports: object): void {
    if (!this.#isExposed) this.session().expose(exports);
    this.#start();
  }

  onFailed(error: unknown): void {
    // It had said that it is ready, so this is as any error that nobody catches.
    if (this.#isStarted) throw error;
    this.#hasFailed = true;
    this.session().refuse(error);
  }

  #open(options: ConnectionOptions): Session {
    const { abortFlag, admission } = this.#options;
    return new Session({
      transport: this.#transport,
      host: nodeHost,
      codec: wireCodec,
      options,
      ...(abortFlag !== undefined && { abortFlag }),
      ...(admission !== undefined && { admission }),
    });
  }

  #start(): void {
    if (this.#isStarted || this.#hasFailed) return;
    this.#isStarted = true;
    this.#session?.start();
  }

  #onEnd(how: ParentEnd): void {
    // As a program would whose import failed; what it began while loading holds it no longer.
    if (this.#hasFailed) process.exit(1);
    if (how === "lost" && !this.#options.endsWithParent) return;
    const { exitTimeout } = this.#options;
    nodeHost.startTimer(how === "lost" ? Math.min(exitTimeout, LOST_TIMEOUT) : exitTimeout, () => process.exit());
  }
}

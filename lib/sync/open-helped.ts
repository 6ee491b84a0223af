// From a helper whose far side was started to a connection that is ready: the session runs in this thread, over the
// rings that it shares with the helper.
import { PeerLostError } from "../core/errors.ts";
import type { ConnectionOptions } from "../core/options.ts";
import { Session } from "../core/session.ts";
import type { SessionParts } from "../core/session.ts";
import type { Carries } from "../core/transport.ts";
import { nodeHost } from "../node/host.ts";
import { endedEarly, notReady } from "../spawn/until-ready.ts";
import { wireCodec } from "../wire/codec.ts";
import { BlockingClient } from "./blocking-client.ts";
import type { Helper } from "./helper.ts";

export interface HelpedParts {
  readonly helper: Helper;
  readonly label: string;
  readonly options: ConnectionOptions;
  readonly spin: number | undefined;
  /** What can cross, if the helper only passes bytes on. */
  readonly carries?: Carries;
  readonly gate?: SessionParts["gate"];
  readonly api: object | undefined;
}

/** Where a helper passes bytes on to another process. */
export const passedOn: Carries = { handles: false, sameProcess: false, trustedPeerOnly: false };

/** A session that was started, and its client. */
export function openHelped({ helper, label, options, spin, carries, gate, api }: HelpedParts): BlockingClient {
  const client = new BlockingClient();
  const transport = helper.open(label, { spin, carries });
  const session = new Session({
    transport,
    host: nodeHost,
    codec: wireCodec,
    options,
    presenter: client,
    ...(gate !== undefined && { gate }),
  });
  client.attach(session);
  if (api !== undefined) session.expose(api, options);
  session.start();
  return client;
}

/**
 * Blocks until the far side has loaded its module.
 *
 * @throws what the module threw while it loaded; `TimeoutError` if it was not ready in time; `PeerLostError` if it ended before
 */
export function awaitReady(client: BlockingClient, helper: Helper, module: string, limitMs: number): void {
  const { session } = client;
  const isReady = (): boolean => session.connection.state === "ready";
  if (!client.wait(isReady, limitMs === 0 ? undefined : limitMs)) {
    const late = notReady(module, session.label, limitMs);
    session.destroy("not ready in time", late);
    helper.stop(0);
    throw late;
  }
  if (isReady()) return;
  helper.stop(0);
  const { failure } = session;
  throw failure instanceof PeerLostError ? endedEarly(failure, session.label, module) : failure;
}

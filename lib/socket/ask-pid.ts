// Asks whoever listens on a socket for its process id, as it says in its hello. Not to be trusted, but to be told.
import { Session } from "../core/session.ts";
import { nodeHost } from "../node/host.ts";
import { streamTransport } from "../transports/stream.ts";
import { wireCodec } from "../wire/codec.ts";
import type { Address } from "./address.ts";
import { probe } from "./probe.ts";

/** How long it may take to say it, in ms: it may be busy, stopped, or no nearcall server at all. */
const PATIENCE = 300;

/** Undefined when it does not say. Never rejects. */
export async function askPid({ path, label }: Address): Promise<number | undefined> {
  try {
    const finding = await probe(path);
    if (finding.state !== "alive" || finding.socket === undefined) return undefined;
    const session = new Session({
      transport: streamTransport(finding.socket, { label }),
      host: nodeHost,
      codec: wireCodec,
      options: {},
      // Its hello is all that is wanted: it is not to take us for a client.
      quiet: true,
      gate: { admit: () => false },
    });
    session.start();
    const timer = setTimeout(() => session.destroy(), PATIENCE);
    await session.connection.closed;
    clearTimeout(timer);
    return session.hello?.pid;
  } catch {
    return undefined;
  }
}

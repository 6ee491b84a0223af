// For children that live in this process: a session that calls them, over memory, so that they are called and lost
// as those in threads and processes are.
import { Session } from "../../core/session.ts";
import { nodeHost } from "../../node/host.ts";
import { memoryPair } from "../../transports/memory.ts";
import { wireCodec } from "../../wire/codec.ts";

export interface InProcessSession {
  readonly session: Session;
  /** The child is gone: what is pending is lost. Resolves when that is told. */
  end(reason: string): Promise<void>;
}

export async function sessionTo(api: object, label: string): Promise<InProcessSession> {
  const [near, far] = memoryPair({ labels: [label, "supervisor"] });
  const serving = new Session({ transport: far, host: nodeHost, codec: wireCodec, options: {} });
  serving.expose(api);
  const session = new Session({ transport: near, host: nodeHost, codec: wireCodec, options: {} });
  serving.start();
  session.start();
  await session.connection.ready;
  return {
    session,
    async end(reason) {
      serving.destroy(reason);
      await session.connection.closed;
    },
  };
}

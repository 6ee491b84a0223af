// Who comes in: the key, the user's own judgement, and the object that they get.
import { RpcError } from "../core/errors.ts";
import type { Gate } from "../core/handshake.ts";
import type { Hello } from "../core/messages.ts";
import { keyGate } from "./key-gate.ts";
import type { ListenOptions, SocketPeer } from "./server.ts";

/** An object for all, or how to make one for each. */
export type Api = object | ((peer: SocketPeer) => object | Promise<object>);

export interface Admission {
  readonly gate: Gate;
  /** What this peer reaches, once it was admitted. `owned`: it was made for this peer alone, and ends with it. */
  readonly admitted: () => { readonly api: object; readonly owned: boolean };
  /** The peer has gone; answers what was made for it and not handed out. */
  readonly leftover: () => object | undefined;
}

/** For one connection. */
export function admission(api: Api, label: string, { key, authenticate }: Pick<ListenOptions, "key" | "authenticate">): Admission {
  const byKey = key === undefined ? undefined : keyGate(key, "listens");
  const decides = authenticate !== undefined || isFactory(api);
  let made: object | undefined;
  const admit = async (peer: SocketPeer): Promise<boolean> => {
    if (authenticate !== undefined && (await authenticate(peer)) !== true) return false;
    if (isFactory(api)) made = checkMade(await Promise.resolve(api(peer)), label);
    return true;
  };
  return {
    gate: {
      // Without a key, nothing is to be proved; but the peer is to wait until it was let in, and to know that it was.
      challenge: byKey?.challenge ?? "",
      ...(byKey !== undefined && { answer: byKey.answer }),
      admit(hello, answer) {
        byKey?.admit(hello, answer);
        return decides ? admit(peerOf(hello, label)) : true;
      },
    },
    admitted() {
      const admitted = { api: made ?? api, owned: made !== undefined };
      made = undefined;
      return admitted;
    },
    leftover: () => made,
  };
}

function peerOf({ name, pid }: Hello, label: string): SocketPeer {
  return { label, pid: undefined, uid: undefined, claimed: { name, pid } };
}

/** A class is exposed as it is: only what can be called without `new` makes objects. */
function isFactory(api: Api): api is (peer: SocketPeer) => object | Promise<object> {
  return typeof api === "function" && Object.getOwnPropertyDescriptor(api, "prototype")?.writable !== false;
}

function checkMade(made: unknown, label: string): object {
  if ((typeof made === "object" && made !== null) || typeof made === "function") return made;
  throw new RpcError(
    "ERR_EXPOSE",
    `The function given to listen() made no object for ${label}, but ${made === null ? "null" : typeof made}`,
  );
}

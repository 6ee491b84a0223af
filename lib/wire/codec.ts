// The wire as a session sees it: an encoder and a reader of frames for each connection.
import type { Codec } from "../core/codec.ts";
import { Encoder } from "./encoder.ts";
import { FrameReader } from "./frame-reader.ts";

export const wireCodec: Codec = {
  outgoing: (policy, slots) => new Encoder(policy, slots),
  incoming: (parts) => new FrameReader(parts),
};

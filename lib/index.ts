// The library's face: everything that users import from "nearcall".
export { callContext, type CallContext } from "./core/call-context.ts";
export { classCodec } from "./core/class-codec.ts";
export type { CloseReason, Connection, ConnectionEvents, ConnectionState, ConnectionStats, ReferenceStats } from "./core/connection.ts";
export type { MemberDescription, MemberKind } from "./core/describe.ts";
export {
  AlreadyOwnedError,
  type CallPhase,
  DisposedError,
  LimitError,
  NotExposedError,
  PeerLostError,
  ProtocolError,
  QueueFullError,
  RpcError,
  type RpcErrorOptions,
  StaleReferenceError,
  TimeoutError,
  UnserializableError,
  ValidationError,
  type ValidationIssue,
} from "./core/errors.ts";
export { eventsOf, type EventsOptions } from "./core/events-of.ts";
export { type Marked, proxy, RemoteObject, transfer } from "./core/marks.ts";
export type { CallOptions, ConnectionOptions, InterceptedCall, Interceptor, Limits } from "./core/options.ts";
export { connectionOf, describe, reflect, release, withOptions } from "./core/remote-functions.ts";
export type { CopiedClasses, RemoteValue } from "./core/remote-kinds.ts";
export type { Accepted, Received, Remote, RemoteHandle, RemotePromise } from "./core/remote.ts";
export type { Carries, Transport, TransportEnd, TransportEvents } from "./core/transport.ts";
export { type StandardSchema, validated } from "./core/validated.ts";
export type { ClassCodec } from "./core/values.ts";
export { connect, type ConnectOptions } from "./socket/connect.ts";
export { createKeyFile, readKeyFile } from "./socket/key-file.ts";
export type { Key } from "./socket/key-gate.ts";
export { listen } from "./socket/listen.ts";
export type { ReconnectOptions } from "./socket/reconnect-options.ts";
export type { ListenOptions, Server, ServerEvents, SocketPeer } from "./socket/server.ts";
export { expose, open, type OpenOptions, wrap } from "./spawn/open.ts";
export { type ChildStdio, type ProcessConnection, spawnProcess, type SpawnProcessOptions } from "./spawn/process.ts";
export type { WhenOrphaned } from "./spawn/start-data.ts";
export { spawnThread, type SpawnThreadOptions, type ThreadConnection } from "./spawn/thread.ts";
export type { Endpoint } from "./transports/endpoint.ts";
export { memoryPair } from "./transports/memory.ts";

// Calls that block: what users import from "nearcall/sync".
export { connectSync } from "./connect.ts";
export type { ConnectSyncOptions } from "./connect.ts";
export { parentSync } from "./parent.ts";
export { spawnProcessSync } from "./spawn-process.ts";
export type { SpawnProcessSyncOptions, SyncProcessConnection } from "./spawn-process.ts";
export { spawnThreadSync } from "./spawn-thread.ts";
export type { SpawnThreadSyncOptions, SyncThreadConnection } from "./spawn-thread.ts";
export type { SyncConnection } from "./sync-connection.ts";
export { wrapSync } from "./wrap.ts";
export type { SyncRemote } from "../core/sync-remote.ts";

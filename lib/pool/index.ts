// The face of `nearcall/pool`.
export { createPool } from "./create-pool.ts";
export type { PoolEvents } from "./events.ts";
export type { LeaseOptions, PoolLease } from "./lease.ts";
export type { MapCall, MapOptions } from "./map.ts";
export type { PoolOptions, RecycleOptions } from "./options.ts";
export type { BroadcastOptions, MappedMember, Pool } from "./pool.ts";
export type { PoolStats, WorkerStats } from "./stats.ts";
export type { Times } from "./durations.ts";

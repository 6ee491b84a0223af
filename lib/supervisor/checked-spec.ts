// Specs with all defaults filled in: what the rest of the supervisor reads.
import type { ChildRule, SupervisorRule } from "./rules/types.ts";
import type { ChildSpec, ChildStart, HandOverSpec, HealthSpec, MemorySpec, OutputMode, QueueSpec, Shutdown } from "./spec.ts";

export interface CheckedSupervisor {
  readonly name: string;
  readonly rule: SupervisorRule;
  readonly children: readonly CheckedChild[];
  readonly template: CheckedChild | undefined;
  readonly partitions: number;
  readonly forwardSignals: readonly NodeJS.Signals[];
  readonly closeOn: readonly NodeJS.Signals[];
}

export interface CheckedChild {
  /** As it was given, for `spec(id)`. */
  readonly given: ChildSpec;
  readonly id: string;
  readonly start: ChildStart;
  readonly rule: ChildRule;
  readonly shutdown: Shutdown;
  readonly startTimeout: number;
  readonly health: HealthSpec | undefined;
  readonly memory: MemorySpec | undefined;
  readonly output: OutputMode;
  readonly instances: number;
  readonly queue: QueueSpec;
  readonly drain: number | "infinity";
  readonly init: string | undefined;
  readonly handOver: HandOverSpec | undefined;
}

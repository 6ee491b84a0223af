// What users import from "nearcall/supervisor".
export type { SupervisorAdmin } from "./admin-api.ts";
export { ChildDownError, ChildLostError, ChildStartError, GaveUpError, RefusedError, type RefusalCode, SpecError } from "./errors.ts";
export type { SupervisorEvent, SupervisorEventName, SupervisorEvents } from "./events.ts";
export type { ExitKind, ExitReport } from "./exit-report.ts";
export type { AutoShutdown, Backoff, ChildState, EndReason, RestartType, StartCause, Strategy } from "./rules/types.ts";
export type {
  ChildSpec,
  ChildStart,
  ChildTemplate,
  FunctionContext,
  FunctionStart,
  HandOverSpec,
  HealthSpec,
  ListenStart,
  MemorySpec,
  OutputMode,
  OutputStream,
  PoolStart,
  ProcessStart,
  ProcessStartOptions,
  QueueSpec,
  Shutdown,
  StartedByFunction,
  SupervisorChange,
  SupervisorSpec,
  SuperviseStart,
  ThreadStart,
  ThreadStartOptions,
} from "./spec.ts";
export { supervise } from "./supervise.ts";
export type { ChildCount, ChildInfo, Supervisor, SupervisorEnd } from "./supervisor.ts";
export type { SupervisorState, TreeNode } from "./tree-node.ts";

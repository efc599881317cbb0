/**
 * Durable workflows: code that goes on where it was after any crash, from what its steps recorded.
 * @module
 */
export { asset, assetErrors, daily, hourly, monthly, partitionSpan, parts } from "./asset/index.ts";
export { newFiles, newRows } from "./asset/index.ts";
export type {
  Asset,
  AssetCheck,
  AssetOptions,
  CheckResult,
  NewRows,
  Partitions,
  SeenFile,
} from "./asset/index.ts";
export { callbackPath } from "./callbacks.ts";
export { workflow } from "./workflow.ts";
export type {
  AnyWorkflow,
  EventStart,
  Sensor,
  Sighted,
  Starts,
  StepRetry,
  Workflow,
  WorkflowOptions,
  WorkflowSchedule,
} from "./workflow.ts";
export type { RunState, Starter, StartRunOptions } from "./starter.ts";
export type { RunCounts, RunStatus } from "./view.ts";
export { workflowErrors } from "./engine/errors.ts";
export type {
  Attributes,
  Failure,
  MapOptions,
  Settled,
  StepCall,
  StepCost,
  StepOptions,
  WorkflowContext,
} from "./engine/program.ts";

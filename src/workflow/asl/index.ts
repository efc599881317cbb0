export type { Machine } from "./definition.ts";
export { aslErrors } from "./errors.ts";
export { runExecution } from "./execution.ts";
export type { ExecutionOptions, ExecutionResult, ExecutionStatus, Stop } from "./execution.ts";
export type { Handler, HandlerContext, Handlers } from "./handlers.ts";
export type { HistoryEvent } from "./history.ts";
export type {
  AslHost,
  ListedObject,
  ObjectStore,
  TaskOutcome,
  TaskProgress,
  TaskRequest,
} from "./host.ts";
export type { Identity } from "./run.ts";
export { simulateExecution } from "./simulated.ts";
export type { Simulation } from "./simulated.ts";
export { readerFailed as itemReaderFailed } from "./states/items.ts";
export { parseDefinition } from "./validate/machine.ts";
export type { JsonObject } from "./values.ts";

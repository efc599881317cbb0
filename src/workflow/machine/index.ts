/**
 * State machines: graphs of states as typed data, which run on the journal and compile to what Step
 * Functions runs.
 * @module
 */
export type {
  Execution,
  ExecutionDetail,
  ListExecutionsOptions,
  MachineDriver,
  MachineFeatures,
} from "./driver.ts";
export { machineErrors } from "./errors.ts";
export { definitionOf } from "./declaration.ts";
export type { AnyStateMachine, InputsOf, TaskCall, TaskRun, Tasks } from "./declaration.ts";
export { historyOf } from "./history.ts";
export { stateMachine } from "./machine.ts";
export type { StateMachine, StateMachineDraft, StateMachineOptions } from "./machine.ts";
export { logicalPlaces, tasksQueue } from "./places.ts";
export type { Places } from "./places.ts";
export { simulateMachine } from "./simulate.ts";
export { branch } from "./states.ts";
export type * from "./states.ts";
export { answerTask } from "./worker.ts";
export type { HeldThings, TaskMessage } from "./tasks.ts";

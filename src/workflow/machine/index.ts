export { machineErrors } from "./errors.ts";
export { definitionOf, stateMachine } from "./machine.ts";
export type {
  AnyStateMachine,
  InputsOf,
  StateMachine,
  StateMachineDraft,
  StateMachineOptions,
  TaskCall,
  TaskRun,
  Tasks,
} from "./machine.ts";
export { logicalPlaces, tasksQueue } from "./places.ts";
export type { Places } from "./places.ts";
export { simulateMachine } from "./simulate.ts";
export { branch } from "./states.ts";
export type * from "./states.ts";

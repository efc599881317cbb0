/** The journal engine, as what stands on it uses it. */
export { WorkflowEngine } from "./engine.ts";
export type { ForkOptions, StartOptions, WorkflowEngineOptions, WorkflowLimits } from "./engine.ts";
export { workflowErrors } from "./errors.ts";
export type * from "./program.ts";

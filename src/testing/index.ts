/**
 * For tests of apps: time that you move, randomness that a seed replays, a host without a platform.
 * @module
 */
export { seededRandom } from "../core/ids.ts";
export type { Random } from "../core/ids.ts";
export { replayRecording, workflowLab } from "./workflows.ts";
export type { StepMock, WorkflowLab, WorkflowLabOptions } from "./workflows.ts";
export type { Recording } from "../workflow/recording.ts";
export { simulatedClock } from "./clock.ts";
export type { SimulatedClock } from "./clock.ts";
export { testHost } from "./host.ts";
export type { TestHost, TestHostOptions } from "./host.ts";

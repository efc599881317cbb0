/**
 * The server: starts pillars, services and console in one process, or one service in a process of
 * its own.
 * @module
 */
export { startInstance } from "./instance.ts";
export type { InstanceOptions } from "./instance.ts";
export type { Isolation } from "./isolate.ts";
export type { Overview } from "./overview/overview.ts";
export { openPlatform } from "./platform.ts";
export type { Platform, PlatformOptions } from "./platform.ts";
export { start } from "./start.ts";
export type { Running, StartOptions } from "./start.ts";
export { stopOnSignals } from "./stop.ts";

import type { Log } from "./log.ts";
import type { App } from "./service.ts";

/** Which driver serves a capability, with the driver's own settings. */
export type DriverChoice =
  | string
  | ({ readonly driver: string } & Readonly<Record<string, unknown>>);

/** The choices of one environment. What is left out has its embedded default. */
export interface EnvironmentConfig {
  /**
   * Driver by capability: `{ queue: { driver: "sqs", region: "ap-northeast-1" }, state: "sqlite"
   * }`.
   */
  readonly drivers?: Readonly<Record<string, DriverChoice>>;
  /** Folder of the embedded engines; `.morning/<environment>` if left out. */
  readonly dataFolder?: string;
  /** Address that the server binds; loopback if left out. */
  readonly host?: string;
  readonly port?: number;
}

/** What is told to `onReady`. */
export interface Ready {
  /** Where the server listens: `http://localhost:7070`. */
  readonly url: string;
  /** Aborts when the platform stops. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** What `morning.config.ts` exports as default. */
export interface Config {
  readonly app: App;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** Runs beside the app once it is ready: an example's traffic. Not in `production`. */
  readonly onReady?: (ready: Ready) => Promise<void>;
}

/**
 * Declares which app runs and on which engines, an environment each. `local` needs no entry.
 * @example
 * export default config({
 *   app: storefront,
 *   environments: { production: { drivers: { queue: { driver: "sqs", region: "ap-northeast-1" } } }
 *   }, });
 */
export function config(options: {
  readonly app: App;
  readonly environments?: Readonly<Record<string, EnvironmentConfig>>;
  readonly onReady?: (ready: Ready) => Promise<void>;
}): Config {
  return { ...options, environments: { local: {}, ...options.environments } };
}

/** A driver choice as name and settings. */
export function driverChoice(
  environment: EnvironmentConfig,
  capability: string,
  fallback: string,
): { readonly driver: string; readonly options: Readonly<Record<string, unknown>> } {
  const choice = environment.drivers?.[capability] ?? fallback;
  if (typeof choice === "string") return { driver: choice, options: {} };
  const { driver, ...options } = choice;
  return { driver, options };
}

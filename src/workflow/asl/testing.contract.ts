// What the tests of the interpreter share.
import type { Json } from "../../core/json.ts";
import type { Handler, Simulation } from "./index.ts";
import type { HistoryEvent } from "./history.ts";
import { simulateExecution } from "./simulated.ts";
import { own } from "./values.ts";
import type { JsonObject } from "./values.ts";

/** A machine whose first state is the first. */
export const machine = (states: JsonObject, more: JsonObject = {}): JsonObject => ({
  StartAt: Object.keys(states)[0] ?? "",
  States: states,
  ...more,
});

/** A run in short. */
export interface Ran {
  readonly status: string;
  readonly output: Json | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly types: readonly string[];
  readonly events: readonly HistoryEvent[];
  /** When an event of this type was first written, simulated milliseconds after the start. */
  at(type: string): number | undefined;
}

const startMs = Date.UTC(2026, 4, 1);

/** Runs a machine with handlers by name, which is the last part of a target. */
export async function ran(
  definition: JsonObject | string,
  input: Json = {},
  handlers: Readonly<Record<string, Handler>> = {},
  more: Partial<Simulation> = {},
): Promise<Ran> {
  const { status, output, error, cause, events } = await simulateExecution({
    definition,
    input: JSON.stringify(input),
    startMs,
    handlers: { find: ({ target }) => handlers[target.split(":").at(-1) ?? ""] },
    ...more,
  });
  return {
    status,
    output: output === undefined ? undefined : (JSON.parse(output) as Json),
    error,
    cause,
    types: events.map(({ type }) => type),
    events,
    at(type) {
      const found = events.find((event) => event.type === type);
      return found === undefined ? undefined : Date.parse(found.timestamp) - startMs;
    },
  };
}

/** A detail of the first event of a type. */
export function detail({ events }: Ran, type: string, name: string): Json | undefined {
  const event = events.find((one) => one.type === type);
  const key = Object.keys(event ?? {}).find((one) => one.endsWith("EventDetails"));
  return own(event?.[key as `${string}EventDetails`], name);
}

const lambda = "arn:aws:lambda:us-east-1:000000000000:function";

/** A Task that calls a function and ends. */
export const task = (name: string, more: JsonObject = {}): JsonObject => ({
  Type: "Task",
  Resource: `${lambda}:${name}`,
  ...(Object.hasOwn(more, "Next") ? {} : { End: true }),
  ...more,
});

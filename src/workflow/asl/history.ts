import type { Json } from "../../core/json.ts";
import { StateFailure } from "./failure.ts";
import { textOf } from "./values.ts";
import type { JsonObject } from "./values.ts";

/** Events that an execution may have; AWS ends the execution at this one. */
export const eventsMax = 25_000;

/** Characters of all payloads of a history: it is kept in memory. */
const charactersMax = 268_435_456;

/** One event, in the shape of `GetExecutionHistory`: payloads are JSON text. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** ISO 8601 with milliseconds. */
  readonly timestamp: string;
  readonly type: string;
  readonly [details: `${string}EventDetails`]: JsonObject;
}

/** The event that the next one of a strand follows. */
export interface Trail {
  previous: number;
}

/** The events of one execution. */
export interface History {
  readonly events: readonly HistoryEvent[];
  /** Adds an event behind the trail's last one and moves the trail to it. @returns its id */
  add(trail: Trail, type: string, details?: Details): number;
  /** Adds an event that leaves the trail where it is. */
  addBeside(previous: number, type: string, details?: Details): number;
  /** Adds the last event, for which a place is kept. */
  close(previous: number, type: string, details?: Details): void;
}

/** The details of an event under their name: `stateEntered`. */
export type Details = readonly [name: string, details: JsonObject];

/** A payload as events tell it: its text, and that nothing was cut. */
export function payload(name: "input" | "output", value: Json): JsonObject {
  return textPayload(name, textOf(value));
}

/** A payload whose text is given. */
export function textPayload(name: "input" | "output", text: string): JsonObject {
  return { [name]: text, [`${name}Details`]: { truncated: false } };
}

/** The error and cause of an event, as far as there are any. */
export function errorDetails(failure: { error?: string; cause?: string }): JsonObject {
  return {
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  };
}

/** The history of an execution that begins now. */
export function history(
  nowMs: () => number,
  onEvent: (event: HistoryEvent) => void = () => {},
): History {
  const events: HistoryEvent[] = [];
  let characters = 0;
  const write = (previous: number, type: string, details?: Details): number => {
    const event: HistoryEvent = {
      id: events.length + 1,
      previousEventId: previous,
      timestamp: new Date(nowMs()).toISOString(),
      type,
      ...(details === undefined ? {} : { [`${details[0]}EventDetails`]: details[1] }),
    };
    events.push(event);
    for (const value of Object.values(details?.[1] ?? {})) {
      if (typeof value === "string") characters += value.length;
    }
    onEvent(event);
    return event.id;
  };
  const addBeside: History["addBeside"] = (previous, type, details) => {
    if (characters > charactersMax) {
      const cause = `The history of the execution has more than ${charactersMax} characters.`;
      throw new StateFailure({ error: "States.Runtime", cause, fatal: true });
    }
    if (events.length >= eventsMax - 1) {
      const cause = `The execution reached the maximum number of history events (${eventsMax}).`;
      throw new StateFailure({ error: "States.Runtime", cause, fatal: true });
    }
    return write(previous, type, details);
  };
  return {
    events,
    addBeside,
    add(trail, type, details) {
      trail.previous = addBeside(trail.previous, type, details);
      return trail.previous;
    },
    close: (previous, type, details) => void write(previous, type, details),
  };
}

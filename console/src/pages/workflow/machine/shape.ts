import type { Health } from "../../../api/overview.ts";

/** A document in Amazon States Language, as the API gives it. */
export type Definition = Readonly<Record<string, unknown>>;

/** One state of a machine; names are unique within it. */
export interface StateNode {
  readonly name: string;
  /** `Task`, `Choice`, ... */
  readonly type: string;
}

/** A way from a state to another one. */
export interface StateLink {
  readonly from: string;
  readonly to: string;
  /** `else` of a choice, `within` a map or a parallel, `caught` errors. */
  readonly way: "next" | "choice" | "else" | "within" | "caught";
}

/** What is drawn of a machine. */
export interface Shape {
  readonly states: readonly StateNode[];
  readonly links: readonly StateLink[];
}

/** States that are drawn; more are no picture. */
export const drawnMax = 200;

type Fields = Readonly<Record<string, unknown>>;

const object = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function linksOf(from: string, state: Fields): StateLink[] {
  const to = (way: StateLink["way"], target: unknown): StateLink[] =>
    text(target) === "" ? [] : [{ from, to: text(target), way }];
  const within = [...list(state["Branches"]), state["ItemProcessor"], state["Iterator"]];
  return [
    ...to("next", state["Next"]),
    ...list(state["Choices"]).flatMap((rule) => to("choice", object(rule)["Next"])),
    ...to("else", state["Default"]),
    ...list(state["Catch"]).flatMap((one) => to("caught", object(one)["Next"])),
    ...within.flatMap((machine) => to("within", object(machine)["StartAt"])),
  ];
}

/** The states of a definition, those within maps and parallels too, and the ways between them. */
export function shapeOf(definition: Definition): Shape {
  const states: StateNode[] = [];
  const links = new Map<string, StateLink>();
  const walk = (machine: Fields): void => {
    for (const [name, value] of Object.entries(object(machine["States"]))) {
      const state = object(value);
      states.push({ name, type: text(state["Type"]) });
      for (const link of linksOf(name, state)) links.set(JSON.stringify(link), link);
      for (const branch of list(state["Branches"])) walk(object(branch));
      walk(object(state["ItemProcessor"] ?? state["Iterator"]));
    }
  };
  walk(definition);
  return { states, links: [...links.values()] };
}

/** An event of a history in the shape of GetExecutionHistory. */
export type HistoryEvent = Readonly<Record<string, unknown>>;

/** How far a run came with a state. */
export interface Reached {
  /** How often it was entered, and left. */
  readonly entered: number;
  readonly left: number;
}

/** How often each state was entered and left. */
export function reachedIn(events: readonly HistoryEvent[]): ReadonlyMap<string, Reached> {
  const reached = new Map<string, Reached>();
  const count = (details: unknown, entered: number, left: number): void => {
    const name = text(object(details)["name"]);
    if (name === "") return;
    const before = reached.get(name) ?? { entered: 0, left: 0 };
    reached.set(name, { entered: before.entered + entered, left: before.left + left });
  };
  for (const event of events) {
    count(event["stateEnteredEventDetails"], 1, 0);
    count(event["stateExitedEventDetails"], 0, 1);
  }
  return reached;
}

/** How a state stands in a run: left for good, still in it, or failed there. */
export function healthOf(reached: Reached | undefined, hasFailed: boolean): Health {
  if (reached === undefined) return "unknown";
  if (reached.left >= reached.entered) return "ok";
  return hasFailed ? "failing" : "unknown";
}

import type { Json } from "../../core/json.ts";
import type { QueryLanguage, State, StateType } from "./definition.ts";
import type { AslHost } from "./host.ts";
import type { History, Trail } from "./history.ts";
import type { Evaluator } from "./language/jsonata.ts";
import type { Queries } from "./language/template.ts";
import type { Turns } from "./turns.ts";
import type { JsonObject } from "./values.ts";

/** Who an execution is. */
export interface Identity {
  readonly region: string;
  readonly accountId: string;
  readonly machineName: string;
  readonly executionName: string;
  readonly roleArn: string;
  readonly isExpress: boolean;
}

/** What all strands of one execution share. */
export interface Run {
  readonly host: AslHost;
  readonly identity: Identity;
  readonly executionArn: string;
  readonly input: Json;
  readonly startedMs: number;
  readonly history: History;
  readonly turns: Turns;
  readonly evaluator: Evaluator;
  readonly queries: Queries;
  /** Runs an item of a distributed Map as an execution of its own. */
  readonly runChild: ChildRunner;
}

/** One execution of a distributed Map's processor. */
export interface Child {
  readonly name: string;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

/** Runs the processor of a Map over one item; the caller does not hold the turn. */
export type ChildRunner = (frame: Frame, input: Json, signal: AbortSignal) => Promise<Child>;

/** The item of a Map that a strand works on. */
export interface MapItem {
  readonly index: number;
  readonly value: Json;
}

/** The state that a strand is in, as far as ending it from outside writes events. */
export interface OpenState {
  readonly type: StateType;
  /** Its task timed out: AWS still counts it as running. */
  isTimedOut: boolean;
  group?: OpenGroup;
}

/** The members of a Map or Parallel that have begun. */
export interface OpenGroup {
  readonly mapName?: string;
  readonly members: Map<number, Strand>;
}

/** One sequence of states: the main one, a branch, an iteration. */
export interface Strand extends Trail {
  readonly signal: AbortSignal;
  readonly variables: Variables;
  readonly item?: MapItem;
  open?: OpenState;
}

/** The variables that a strand sees; it sets its own alone. */
export interface Variables {
  get(name: string): Json | undefined;
  /** @throws StateFailure if the values cannot be set: a name of outside, too large */
  check(values: JsonObject): void;
  /** Sets what was checked. */
  set(values: JsonObject): void;
  all(): ReadonlyMap<string, Json>;
}

/** One visit of a strand to a state. */
export interface Frame {
  readonly run: Run;
  readonly strand: Strand;
  readonly state: State;
  readonly language: QueryLanguage;
  readonly input: Json;
  readonly enteredId: number;
  /** The event before the state's own. */
  readonly enteredAfter: number;
  readonly enteredMs: number;
  readonly open: OpenState;
  attempt: number;
  /** The task's token, while there is one. */
  token?: string;
}

/** What a state did: what it hands on, what it sets, where it goes. */
export interface Done {
  readonly output: Json;
  readonly assign: JsonObject;
  readonly next?: string;
}

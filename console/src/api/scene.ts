import { noPast, remember, type Past } from "./past.ts";
import { readOverview, readPoint, type Overview } from "./overview.ts";

/** Long work that somebody started: a redrive, a replay. */
export interface Task {
  readonly id: string;
  readonly kind: string;
  /** `queue/mail-dead`; `event/*`. */
  readonly resource: string;
  readonly state: string;
  readonly done: number;
  /** Unknown when null. */
  readonly total: number | null;
  readonly startedAtMs: number;
  readonly error?: string;
}

/** A change that somebody made through the API. */
export interface Action {
  readonly seq: number;
  readonly atMs: number;
  readonly actor: string;
  readonly role: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** What the page draws: the newest overview and what went before. */
export interface Scene {
  readonly overview: Overview;
  readonly past: Past;
  readonly tasks: readonly Task[];
  /** Newest first, the last that came while this page was open. */
  readonly actions: readonly Action[];
  /** Events that came too fast to be listed. */
  readonly skipped: number;
  /** When it came, by this browser's clock. */
  readonly heardAtMs: number;
}

const historyMax = 300;
const actionsMax = 50;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) ? value : 0;

function taskOf(fields: Fields): Task {
  const { total, error } = fields;
  return {
    id: text(fields["id"]),
    kind: text(fields["kind"]),
    resource: text(fields["resource"]),
    state: text(fields["state"]),
    done: number(fields["done"]),
    total: typeof total === "number" ? total : null,
    startedAtMs: number(fields["startedAtMs"]),
    ...(typeof error === "string" ? { error } : {}),
  };
}

/** Reads an action that came by the stream. */
export function readAction(fields: Fields): Action {
  return {
    seq: number(fields["seq"]),
    atMs: number(fields["atMs"]),
    actor: text(fields["actor"]),
    role: text(fields["role"]),
    method: text(fields["method"]),
    path: text(fields["path"]),
    status: number(fields["status"]),
  };
}

function tasksOf(value: unknown): readonly Task[] {
  return Array.isArray(value) ? value.filter(isFields).map(taskOf) : [];
}

/** The scene that a whole overview begins, also after the line was lost. */
export function sceneOf(value: unknown, before: Scene | undefined, nowMs: number): Scene {
  const overview = readOverview(value);
  const { tasks, skipped } = value as Fields;
  return {
    overview,
    past: remember(before?.past ?? noPast, overview),
    tasks: tasksOf(tasks),
    actions: before?.actions ?? [],
    skipped: (before?.skipped ?? 0) + number(skipped),
    heardAtMs: nowMs,
  };
}

/** The scene after a tick: everything anew but the history, which it moves on by one second. */
export function sceneAfter(value: unknown, before: Scene, nowMs: number): Scene {
  const scene = sceneOf(value, before, nowMs);
  const point = readPoint((value as Fields)["point"]);
  const { history } = before.overview;
  const longer = point === undefined ? history : [...history, point].slice(-historyMax);
  return { ...scene, overview: { ...scene.overview, history: longer } };
}

/** The scene with one more action in it. */
export function sceneWith(action: Action, before: Scene): Scene {
  return { ...before, actions: [action, ...before.actions].slice(0, actionsMax) };
}

import type { Engine, Lane } from "./engine.ts";
import type { Inbox } from "./inbox.ts";
import type { Ranks } from "./ranks.ts";

const countSql = `select
  (select count(*) from queue_message where queue = ?1 and visible_at is null
    and rank is not null) visible,
  (select count(*) from queue_message where queue = ?1 and visible_at is not null) waiting,
  (select count(*) from queue_message where queue = ?1 and visible_at is not null
    and receives = 0) delayed`;

/** What a standard queue knows besides its rows. */
export interface State {
  readonly engine: Engine;
  readonly lane: Lane;
  readonly inbox: Inbox;
  readonly ranks: Ranks;
  /** Exact: every change goes through the lane. */
  counts: { visible: number; inFlight: number; delayed: number };
  /** Whether a receive may find something. */
  ready: boolean;
  /** Grows with everything that may become receivable. */
  events: number;
  /** No message becomes visible before this. */
  nextDueMs: number;
}

/** Something became visible by another write than a send. */
export function appear(state: State, count: number): void {
  state.counts.visible += count;
  state.ready = true;
  state.events++;
}

/** Counts the rows: right when no write is under way. */
export async function recount(state: State): Promise<void> {
  const [counted] = await state.engine.store.read(countSql, [state.lane.id]);
  const delayed = Number(counted?.["delayed"]);
  const inFlight = Number(counted?.["waiting"]) - delayed;
  state.counts = { visible: Number(counted?.["visible"]), inFlight, delayed };
}

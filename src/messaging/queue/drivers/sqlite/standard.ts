import type { Cancel } from "../../../../core/clock.ts";
import type { StatementResult } from "../../../../core/store.ts";
import type { QueueSpec } from "../../driver.ts";
import type { Engine, Lane } from "./engine.ts";
import { makeInbox } from "./inbox.ts";
import { makePlan } from "./plan.ts";
import { makeRanks } from "./ranks.ts";
import { planChanges } from "./standard-changes.ts";
import { planPromote, planReceive } from "./standard-receive.ts";
import { appear, recount } from "./standard-state.ts";
import type { State } from "./standard-state.ts";

/** Writes that may be under way: the writer works on one while the next is built. */
const writesMax = 2;
/** The oldest of each priority stands first in its part of the index. */
const oldestSql = `with recursive p(priority) as (
    select min(priority) from queue_message where queue = ?1 and visible_at is null
      and rank is not null
    union all
    select (select min(priority) from queue_message
      where queue = ?1 and visible_at is null and rank is not null and priority > p.priority)
    from p where p.priority is not null)
  select min((select sent_at from queue_message where queue = ?1 and visible_at is null
    and rank is not null and priority = p.priority order by rank limit 1)) as sent_at
  from p where p.priority is not null`;

/** Opens the lane of a standard queue: what happens in one tick is one write. */
export async function openStandard(engine: Engine, id: number, spec: QueueSpec): Promise<Lane> {
  const ranks = await makeRanks(engine, id);
  let writes = 0;
  let foreign = 0;
  let scheduled = false;
  let timer: { cancel: Cancel; atMs: number } | undefined;

  const schedule = (): void => {
    if (scheduled || writes >= writesMax) return;
    scheduled = true;
    setImmediate(flush);
  };
  const inbox = makeInbox(engine, () => lane, schedule);
  const lane: Lane = {
    id,
    name: spec.name,
    spec,
    ...inbox.face,
    rankOf: ranks.next,
    arriving() {
      foreign++;
      return (count) => {
        foreign--;
        appear(state, count);
        schedule();
      };
    },
    async stats() {
      if (state.nextDueMs <= engine.now()) await inbox.face.maintain([]);
      const [found] = await engine.store.read(oldestSql, [id]);
      const sentAt = found?.["sent_at"];
      const oldestMs = typeof sentAt === "number" ? Math.max(0, engine.now() - sentAt) : 0;
      return { ...state.counts, oldestMs };
    },
    async close() {
      timer?.cancel();
      await inbox.close();
    },
  };
  const counts = { visible: 0, inFlight: 0, delayed: 0 };
  const state: State = { engine, lane, inbox, ranks, counts, ready: true, events: 0, nextDueMs: 0 };
  await recount(state);

  const armTimer = (): void => {
    if (timer && timer.atMs <= state.nextDueMs) return;
    timer?.cancel();
    timer = undefined;
    if (state.nextDueMs === Infinity || inbox.waiting.size === 0) return;
    const atMs = state.nextDueMs;
    const cancel = engine.clock.after(atMs - engine.now(), () => {
      timer = undefined;
      schedule();
    });
    timer = { cancel, atMs };
  };
  const run = (work: Promise<void>): void => {
    writes++;
    void work.finally(() => {
      writes--;
      schedule();
    });
  };
  const flush = (): void => {
    scheduled = false;
    const reserving = engine.sequence.ready();
    if (reserving) return void reserving.then(schedule, (error) => inbox.refuse(error));
    if (inbox.maintenance) {
      // Alone, so that counting anew sees all of what the lane knows.
      if (writes + foreign === 0) run(maintain(state));
      return;
    }
    const plan = makePlan(engine.store);
    planChanges(state, plan);
    planReceive(state, plan);
    if (!plan.empty()) {
      run(plan.run());
      if (inbox.busy) schedule();
      return;
    }
    inbox.waiting.idle();
    armTimer();
  };
  return lane;
}

/** Runs one write of maintenance, or makes visible what is due. */
async function maintain(state: State): Promise<void> {
  const one = state.inbox.takeMaintenance();
  if (!one) return;
  const plan = makePlan(state.engine.store);
  let results: readonly StatementResult[] | undefined;
  plan.add(
    one.items,
    (done) => {
      results = done;
    },
    one.fail,
  );
  if (state.nextDueMs <= state.engine.now()) planPromote(state, plan);
  await plan.run();
  if (!results) return;
  if (one.items.length > 0) {
    state.nextDueMs = 0;
    appear(state, 0);
    await recount(state);
  }
  one.settle(results);
}

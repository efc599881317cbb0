import type { Clock } from "../../core/clock.ts";
import type { Row, Statement } from "../../core/store.ts";
import { matches, parsePattern } from "../../messaging/event/pattern/index.ts";
import { nextBeatMs } from "./beats.ts";
import type { Beats } from "./beats.ts";
import { encodeError } from "./failure.ts";
import { nudge } from "./orders.ts";
import { keyOf } from "./position.ts";
import { workChannel } from "./script.ts";
import { optional } from "./rows.ts";
import type { Entry } from "./rows.ts";
import type { Script } from "./script.ts";
import { encodeValue } from "./value.ts";

/** What answers a wait: a value or an error, as the journal keeps them. */
export type Reply = { readonly value: string } | { readonly error: string };

/** What was said, as the journal keeps it. @throws MOR_WORKFLOW_VALUE */
export function replyOf(said: { readonly value?: unknown } | { readonly error: unknown }): Reply {
  return "error" in said
    ? { error: encodeError(said.error) }
    : { value: encodeValue(said.value, "the answer") };
}

const statusOf = (reply: Reply): string => ("error" in reply ? "failed" : "done");
const valueOf = (reply: Reply): string => ("error" in reply ? "" : reply.value);
const errorOf = (reply: Reply): string | null => ("error" in reply ? reply.error : null);

/** Waits for an event that are looked at in one read, and answered in one write. */
const pageRows = 200;

/** An event as it is delivered. */
export interface Delivered {
  /** Delivered again, it changes nothing. */
  readonly id: string;
  readonly name: string;
  /** Its envelope, as the journal keeps values. */
  readonly value: string;
}

/** What comes for runs from outside: signals, answers, events. */
export class Deliveries {
  readonly #script: Script;
  readonly #clock: Clock;

  constructor(script: Script, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  /** Sends a signal: to the oldest wait for it, or kept until there is one. Whether it arrived. */
  async signal(run: string, name: string, value: string): Promise<boolean> {
    const now = this.#clock.now();
    const open = `select at from workflow_entry where run = ? and kind = 'signal' and name = ?
      and status = 'open' order by started_at, at limit 1`;
    const results = await this.#script.write(
      [
        nudge(this.#script, run, now),
        this.#script.sql(
          `insert into workflow_signal (run, number, name, value)
          select id, coalesce((select max(number) from workflow_signal where run = ?), 0) + 1,
              cast(? as text), cast(? as text)
            from workflow_run where id = ? and ended_at is null and not exists (${open})`,
          [run, name, value, run, run, name],
        ),
        this.#script.sql(
          `update workflow_entry set status = 'done', value = ?, ended_at = ?
            where run = ? and at = (${open}) and not exists
              (select 1 from workflow_signal where run = ? and name = ?) and exists
              (select 1 from workflow_run where id = ? and ended_at is null)`,
          [value, now, run, run, name, run, name, run],
        ),
      ],
      [workChannel],
    );
    return results[0]?.changes === 1;
  }

  /** Signals of a run that nobody took yet, about: for the limit of them. */
  async signalsKept(run: string): Promise<number> {
    const [row] = await this.#script.read(
      "select max(number) - min(number) + 1 as count from workflow_signal where run = ?",
      [run],
    );
    return Number(row?.["count"] ?? 0);
  }

  /** Answers the callback of a token. Whether somebody waited for it. */
  async answerToken(token: string, reply: Reply): Promise<boolean> {
    const run = "(select run from workflow_entry where token = ? and status = 'open')";
    return this.#answer("token = ? and kind = 'callback'", [token], reply, {
      run,
      params: [token],
    });
  }

  /** Keeps how an open callback is watched. */
  async watch(run: string, at: string, beats: Beats): Promise<void> {
    await this.#script.write([
      this.#script.sql("update workflow_entry set beats = ? where run = ? and at = ?", [
        JSON.stringify(beats),
        run,
        keyOf(at),
      ]),
    ]);
  }

  /** Gives the callback of a token more time, if it is watched. Whether somebody waits for it. */
  async heartbeat(token: string): Promise<boolean> {
    const open = "token = ? and kind = 'callback' and status = 'open'";
    const [row] = await this.#script.read(`select beats from workflow_entry where ${open}`, [
      token,
    ]);
    if (row === undefined || row["beats"] === null) return row !== undefined;
    const dueAtMs = nextBeatMs(JSON.parse(String(row["beats"])) as Beats, this.#clock.now());
    const [result] = await this.#script.write([
      this.#script.sql(`update workflow_entry set due_at = ? where ${open}`, [dueAtMs, token]),
    ]);
    return result?.changes === 1;
  }

  /** When the time of an entry is over, by now. */
  async dueOf(run: string, at: string): Promise<number | undefined> {
    const [row] = await this.#script.read(
      "select due_at from workflow_entry where run = ? and at = ? and status = 'open'",
      [run, keyOf(at)],
    );
    return optional(row?.["due_at"]);
  }

  /** Answers the callback at a position. Whether it was open. */
  async answerAt(run: string, at: string, reply: Reply): Promise<boolean> {
    return this.#answer("run = ? and at = ? and kind = 'callback'", [run, keyOf(at)], reply, {
      run: "?",
      params: [run],
    });
  }

  async #answer(
    which: string,
    params: readonly string[],
    reply: Reply,
    owner: { readonly run: string; readonly params: readonly string[] },
  ): Promise<boolean> {
    const now = this.#clock.now();
    const results = await this.#script.write(
      [
        this.#script.sql(
          `update workflow_run set nudged = 1, ready_at = ?,
            status = case when status = 'waiting' then 'ready' else status end
          where id = ${owner.run} and ended_at is null`,
          [now, ...owner.params],
        ),
        this.#script.sql(
          `update workflow_entry set status = ?, value = ?, error = ?, ended_at = ?
            where ${which} and status = 'open' and exists
              (select 1 from workflow_run r where r.id = workflow_entry.run and ended_at is null)`,
          [statusOf(reply), valueOf(reply), errorOf(reply), now, ...params],
        ),
      ],
      [workChannel],
    );
    return results[1]?.changes === 1;
  }

  /**
   * Gives an event to all runs that wait for it, to each once, and keeps it for those that will.
   * @returns how many runs got it
   */
  async event(event: Delivered): Promise<number> {
    // Kept first: a wait that is opened meanwhile finds it, or is found below.
    await this.#script.write([
      this.#script.sql(
        `insert into workflow_arrival (id, name, value, at) values (?, ?, ?, ?)
          on conflict do nothing`,
        [event.id, event.name, event.value, this.#clock.now()],
      ),
    ]);
    const about = JSON.parse(event.value) as unknown;
    let count = 0;
    for (let after: readonly string[] = ["", ""]; ;) {
      const rows = await this.#script.read(
        `select e.run as run, e.at as at, e.value as value from workflow_entry e
            join workflow_run r on r.id = e.run and r.ended_at is null
          where e.kind = 'event' and e.status = 'open' and e.name = ?
            and (e.run, e.at) > (?, ?) order by e.run, e.at limit ${pageRows}`,
        [event.name, ...after],
      );
      count += await this.#give(
        event,
        oneEach(rows.filter((row) => takes(String(row["value"]), about))),
      );
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return count;
      after = [String(last["run"]), String(last["at"])];
    }
  }

  /**
   * Gives a wait that was just opened the first event since `sinceMs` that it takes and its run has
   * not had.
   */
  async catchUp(run: string, { at, name, value }: Entry, sinceMs: number): Promise<void> {
    for (let after: readonly [number, string] = [sinceMs - 1, "\uffff"]; ;) {
      const rows = await this.#script.read(
        `select id, value, at from workflow_arrival where name = ? and (at, id) > (?, ?)
            and not exists (select 1 from workflow_delivered where run = ? and event = id)
          order by at, id limit ${pageRows}`,
        [name, ...after, run],
      );
      const taken = rows.find((row) => takes(value, JSON.parse(String(row["value"]))));
      if (taken !== undefined) {
        const event = { id: String(taken["id"]), name, value: String(taken["value"]) };
        await this.#give(event, [{ run, at: keyOf(at) }]);
        return;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = [Number(last["at"]), String(last["id"])];
    }
  }

  async #give(event: Delivered, waits: readonly Row[]): Promise<number> {
    if (waits.length === 0) return 0;
    const now = this.#clock.now();
    const keys = waits.map((row) => [String(row["run"]), String(row["at"])] as const);
    const results = await this.#script.write(this.#given(event, keys, now), [workChannel]);
    return results[1]?.changes ?? 0;
  }

  #given(
    { id, value }: Delivered,
    keys: readonly (readonly [run: string, at: string])[],
    now: number,
  ): Statement[] {
    return [
      this.#script.each(
        `insert into workflow_delivered (run, event, at)
          select run, cast(? as text), at from workflow_entry
            where run = ? and at = ? and status = 'open'
          on conflict (run, event) do nothing`,
        keys.map(([run, at]) => [id, run, at]),
      ),
      this.#script.each(
        `update workflow_entry set status = 'done', value = ?, ended_at = ?
          where run = ? and at = ? and status = 'open' and exists
            (select 1 from workflow_delivered d where d.run = ? and d.event = ? and d.at = ?)`,
        keys.map(([run, at]) => [value, now, run, at, run, id, at]),
      ),
      this.#script.each(
        `update workflow_run set nudged = 1, ready_at = ?,
          status = case when status = 'waiting' then 'ready' else status end
        where id = ? and ended_at is null`,
        keys.map(([run]) => [now, run]),
      ),
    ];
  }
}

/** Whether a wait takes an event; the wait's pattern is its value while it is open. */
function takes(pattern: string, event: unknown): boolean {
  return pattern === "" || matches(parsePattern(pattern), event);
}

/** The first wait of each run; rows come by run. */
function oneEach(rows: readonly Row[]): Row[] {
  return rows.filter((row, index) => rows[index - 1]?.["run"] !== row["run"]);
}

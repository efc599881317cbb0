import { coreErrors, MorningError } from "../../core/errors.ts";
import type { SqlValue, Store } from "../../core/store.ts";
import { keyOf, positionOf } from "./position.ts";
import { entryOf } from "./rows.ts";
import type { Entry } from "./rows.ts";
import type { RunStatus } from "./status.ts";
import { Script } from "./script.ts";

/** Which entries of a run are read. */
export interface EntriesAsked {
  /** The position that the page before ended with. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Without values: what a picture of many entries needs. */
  readonly values: boolean;
  /** Those alone that ended after this place, or are open. */
  readonly changedAfter?: number | undefined;
}

/** A part of what a run recorded, and what the next part begins after. */
export interface EntriesRead {
  readonly entries: readonly Entry[];
  readonly after: string | undefined;
}

/** How much a run recorded. */
export interface Extent {
  readonly entries: number;
  /** The place of what ended last: grows with all that ends. */
  readonly place: number;
}

/** What a run paid in one currency. */
export interface RunCost {
  readonly currency: string;
  readonly amount: number;
}

/** A day, and what of it is looked at; milliseconds since the epoch. */
export interface DaySpan {
  /** When the day begins. */
  readonly dayMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Runs that were started on a day, by how they stand. */
export interface DayCount {
  /** When the day begins, milliseconds since the epoch. */
  readonly dayMs: number;
  readonly status: RunStatus;
  readonly count: number;
}

/** Digits of a sum: sums of decimal fractions are not to end in 0000000004. */
const digits = 15;

const columns = `run, at, place, kind, name, status, error, attempt, deaths, progress, failures,
  costs, due_at, token`;

/** Looks at runs, for people who watch them. */
export class Overview {
  readonly #script: Script;

  constructor(store: Store) {
    this.#script = new Script(store);
  }

  /** What a run recorded, in the order of its program. */
  async entries(run: string, asked: EntriesAsked): Promise<EntriesRead> {
    const { after, changedAfter, values } = asked;
    const from = after === undefined ? "" : keyOf(after);
    const changed = changedAfter === undefined ? "" : "and (place is null or place > ?)";
    const params: SqlValue[] = changedAfter === undefined ? [run, from] : [run, from, changedAfter];
    const picked = values ? "*" : `${columns}, '' as value, started_at, ended_at`;
    for (let count = asked.limit; ; count = Math.ceil(count / 10)) {
      try {
        const rows = await this.#script.read(
          `select ${picked} from workflow_entry where run = ? and at > ? ${changed}
            order by at limit ?`,
          [...params, count],
        );
        const entries = rows.map(entryOf);
        return { entries, after: entries.length < count ? undefined : entries.at(-1)?.at };
      } catch (error) {
        // Fewer of them, then: their values are large.
        if (!MorningError.is(error, "MOR_READ_TOO_LARGE") || count === 1) throw error;
      }
    }
  }

  /** One entry, whole. @throws MOR_NOT_FOUND */
  async entry(run: string, at: string): Promise<Entry> {
    const [row] = await this.#script.read("select * from workflow_entry where run = ? and at = ?", [
      run,
      keyOf(at),
    ]);
    if (row === undefined) throw coreErrors.MOR_NOT_FOUND(`run ${run} has no entry at ${at}`);
    return entryOf(row);
  }

  /** The runs that entries of a run began, by the entries' positions. */
  async children(run: string, entries: readonly Entry[]): Promise<ReadonlyMap<string, string>> {
    const at = entries.flatMap((entry) => (entry.kind === "child" ? [keyOf(entry.at)] : [])).sort();
    const [first, last] = [at[0], at.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const rows = await this.#script.read(
      `select id, parent_at from workflow_run where parent = ? and parent_at >= ?
        and parent_at <= ?`,
      [run, first, last],
    );
    return new Map(rows.map((row) => [positionOf(String(row["parent_at"])), String(row["id"])]));
  }

  async extent(run: string): Promise<Extent> {
    const [row] = await this.#script.read(
      "select count(*) as entries, max(place) as place from workflow_entry where run = ?",
      [run],
    );
    return { entries: Number(row?.["entries"] ?? 0), place: Number(row?.["place"] ?? 0) };
  }

  /** What the steps of a run paid, by currency; not what it took over from another run. */
  async costs(run: string): Promise<readonly RunCost[]> {
    const each = {
      sqlite: {
        from: "json_each(e.costs) c",
        field: (name: string) => `json_extract(c.value, '$.${name}')`,
      },
      postgres: {
        from: "jsonb_array_elements(cast(e.costs as jsonb)) c",
        field: (name: string) => `(c.value ->> '${name}')`,
      },
    }[this.#script.dialect];
    const rows = await this.#script.readLong(
      `select ${each.field("currency")} as currency,
          sum(cast(${each.field("amount")} as double precision)) as amount
        from workflow_entry e cross join ${each.from}
        where e.run = ? and e.costs is not null group by 1 order by 1`,
      [run],
    );
    return rows.map((row) => ({
      currency: String(row["currency"]),
      amount: Number(Number(row["amount"]).toPrecision(digits)),
    }));
  }

  /** How many runs of a workflow were started on each day; each is a range of an index. */
  async days(workflow: string, days: readonly DaySpan[]): Promise<readonly DayCount[]> {
    if (days.length === 0) return [];
    const spans = days.map((day) =>
      [day.dayMs, day.fromMs, day.untilMs].map((ms) => String(Math.trunc(ms))).join(", "),
    );
    const rows = await this.#script.readLong(
      `with day(day_ms, from_ms, until_ms) as (values (${spans.join("), (")}))
        select day_ms, status, count(*) as count from day
          cross join workflow_run
          where workflow = ? and created_at >= from_ms and created_at < until_ms
        group by day_ms, status order by day_ms, status`,
      [workflow],
    );
    return rows.map((row) => ({
      dayMs: Number(row["day_ms"]),
      status: String(row["status"]) as RunStatus,
      count: Number(row["count"]),
    }));
  }
}

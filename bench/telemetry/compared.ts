/** The questions that a peer can be asked too, and whether its answer is the same. */
import type { Filter } from "../../src/observability/signals/filter.ts";
import type {
  Aggregate,
  Page,
  Range,
  SignalReader,
} from "../../src/observability/signals/store.ts";
import type { LogRecord } from "../../src/observability/signals/records.ts";
import { and, eq, errors, histogram, hourOf, rare, search, stepMs, text } from "./asking.ts";
import type { Filled } from "./fill.ts";
import type { Hits, VictoriaLogs } from "./peers/victorialogs.ts";

/** An answer in a form that two stores share: sorted, so that it compares. */
export type Answer = readonly string[];

/** One question to Morning and to a peer. */
export interface Compared {
  readonly name: string;
  readonly peer: string;
  /** How the peer is asked. */
  readonly how: string;
  readonly times?: number;
  /** Why the answers may differ, where the two mean different things. */
  readonly differs?: string;
  readonly ours: (n: number) => Promise<Answer>;
  readonly theirs: (n: number) => Promise<Answer>;
}

const nsOf = (time: string): string => {
  const [whole = "", fraction = ""] = time.replace("Z", "").split(".");
  return `${Date.parse(`${whole}Z`) / 1000}${fraction.padEnd(9, "0")}`;
};

const ourLines = ({ records }: Page<LogRecord>): Answer =>
  records.map(({ record }) => `${record.timeNs} ${record.body}`).toSorted();

const theirLines = (lines: readonly Readonly<Record<string, string>>[]): Answer =>
  lines.map((line) => `${nsOf(line["_time"] ?? "")} ${line["_msg"]}`).toSorted();

const ourBuckets = ({ rows }: Aggregate): Answer =>
  rows
    .filter(({ values }) => values["n"] !== 0)
    .map(({ timeMs, by, values }) => `${timeMs} ${by[0]} ${values["n"]}`)
    .toSorted();

const theirBuckets = (series: readonly Hits[]): Answer =>
  series
    .flatMap(({ fields, timestamps, values }) =>
      timestamps.map((time, bucket) => {
        const level = fields["severity_text"]?.toLowerCase();
        return { n: values[bucket] ?? 0, text: `${Date.parse(time)} ${level} ${values[bucket]}` };
      }),
    )
    .filter(({ n }) => n !== 0)
    .map((one) => one.text)
    .toSorted();

/** Makes comparisons with VictoriaLogs over one day. */
class WithVictoria {
  readonly #reader: SignalReader;
  readonly #peer: VictoriaLogs;
  readonly #all: Range;

  constructor(reader: SignalReader, peer: VictoriaLogs, all: Range) {
    this.#reader = reader;
    this.#peer = peer;
    this.#all = all;
  }

  histogram(
    name: string,
    range: (n: number) => Range,
    filter: (n: number) => Filter,
    query: (n: number) => string,
  ): Compared {
    return {
      name,
      peer: "VictoriaLogs",
      how: `hits of \`_time:[from, to) ${query(0)}\` by severity_text`,
      ours: async (n) => ourBuckets(await histogram(this.#reader, range(n), filter(n))),
      theirs: async (n) =>
        theirBuckets(await this.#peer.hits(query(n), range(n), `${stepMs}ms`, "severity_text")),
    };
  }

  day(name: string, filter: Filter, query: string): Compared {
    return this.histogram(
      name,
      () => this.#all,
      () => filter,
      () => query,
    );
  }

  newest(name: string, filter: Filter, query: string): Compared {
    return {
      name,
      peer: "VictoriaLogs",
      how: `newest 100 of \`${query}\``,
      ours: async () => ourLines(await search(this.#reader, this.#all, filter)),
      theirs: async () => theirLines(await this.#peer.query(query, this.#all, 100)),
    };
  }

  /**
   * A text by its words, as its own users ask, and by any part of a line in any case, as ours do.
   */
  words(name: string, what: string): Compared[] {
    const filter = text(what);
    return [
      this.newest(`${name}: by words`, filter, `"${what}"`),
      this.newest(`${name}: anywhere, in any case`, filter, `~"(?i)${what}"`),
    ];
  }

  sql(): Compared {
    const query = '* | stats by ("service.name", severity_text) count() as n';
    return {
      name: "lines by service and level, a day, by SQL",
      peer: "VictoriaLogs",
      how: `\`${query}\``,
      times: 5,
      ours: async () => {
        const statement = "select service, severity_text, count(*) from logs group by all";
        const limits = { rowsMax: 100, timeoutMs: 20_000 };
        const { rows } = await this.#reader.sql(statement, limits);
        return rows.map((row) => row.join(" ")).toSorted();
      },
      theirs: async () => {
        const rows = await this.#peer.query(query, this.#all);
        const told = rows.map(
          (row) => `${row["service.name"]} ${row["severity_text"]} ${row["n"]}`,
        );
        return told.toSorted();
      },
    };
  }
}

function histograms(one: WithVictoria, all: Range): Compared[] {
  const payments = and(eq("service", "payments"), errors);
  const status: Filter = { op: "gte", field: "http.response.status_code", value: 500 };
  const orders = and(eq("service", "gateway"), eq("http.route", "/orders"));
  return [
    one.day("histogram of everything by level, a day", { op: "all" }, "*"),
    one.day(
      "filter (service, level) + histogram, a day",
      payments,
      '{"service.name"="payments"} severity_number:>=17',
    ),
    one.day("filter (attribute) + histogram, a day", status, '"http.response.status_code":>=500'),
    one.histogram(
      "filter (attribute of 50,000 values) + histogram, a day",
      () => all,
      (n) => eq("user.id", `u${n * 31}`),
      (n) => `"user.id":="u${n * 31}"`,
    ),
    one.histogram(
      "filter (attribute) + histogram, an hour",
      (n) => hourOf(all, n),
      () => orders,
      () => '{"service.name"="gateway"} "http.route":="/orders"',
    ),
    one.histogram(
      "full text + histogram, an hour",
      (n) => hourOf(all, n),
      () => text("failed"),
      () => '"failed"',
    ),
    one.day("full text + histogram, a day", text("failed"), '"failed"'),
  ];
}

/** The questions that VictoriaLogs can be asked too. */
export function withVictoriaLogs(
  reader: SignalReader,
  peer: VictoriaLogs,
  data: Filled,
  orderId: string,
): Compared[] {
  const all: Range = { fromNs: data.startNs, toNs: data.endNs };
  const one = new WithVictoria(reader, peer, all);
  const regex: Filter = { op: "regex", field: "body", pattern: "status (5|4)\\d\\d" };
  return [
    ...histograms(one, all),
    one.newest("newest 100 of a day", { op: "all" }, "*"),
    one.newest("newest 100 errors of a day", errors, "severity_number:>=17"),
    ...one.words("full text, frequent word", "queued"),
    ...one.words("full text, a word of one line in 220,000", rare),
    ...one.words("full text, absent word", "chrysanthemum"),
    ...one.words("full text, Chinese between blanks", "付款成功"),
    one.newest("full text, Chinese within a word", text("款成"), '*"款成"*'),
    ...one.words("full text, an id that one line in 220,000 has", orderId),
    ...one.words("full text, an id that no line has", "ord_7c1e90b2a4d8f365"),
    one.newest(
      "full text and filter: errors that say upstream",
      and(errors, text("upstream answered")),
      'severity_number:>=17 "upstream answered"',
    ),
    one.newest("the id, by attribute", eq("order.id", orderId), `"order.id":="${orderId}"`),
    one.newest("regular expression that no line matches", regex, '~"status (5|4)\\\\d\\\\d"'),
    one.sql(),
  ];
}

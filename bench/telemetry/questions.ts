import type { Filter } from "../../src/observability/signals/filter.ts";
import type { Aggregate, Range, SignalReader } from "../../src/observability/signals/store.ts";
import { and, eq, errors, histogram, hourOf, rare, search, text } from "./asking.ts";
import type { Filled } from "./fill.ts";

/** One kind of question, its goal in milliseconds, and how often it is asked. */
export interface Question {
  readonly name: string;
  readonly goalMs?: number;
  readonly times?: number;
  readonly ask: (n: number) => Promise<unknown>;
}

async function red(
  reader: SignalReader,
  range: Range,
  by: readonly string[],
  filter: Filter,
): Promise<Aggregate> {
  return reader.aggregate({
    ...range,
    signal: "spans",
    filter,
    by,
    measures: [
      { as: "n", fn: "count" },
      { as: "bad", fn: "count-if", filter: eq("status", "error") },
      ...[0.5, 0.95, 0.99].map((q) => {
        return { as: `p${q * 100}`, fn: "quantile", field: "duration", q } as const;
      }),
    ],
    orderBy: "n",
    limit: 100,
  });
}

function ofTraces(reader: SignalReader, data: Filled): Question[] {
  return [
    {
      name: "trace by id",
      goalMs: 50,
      times: 200,
      ask: async (n) => {
        const id = data.traceIds[(n * 7919) % data.traceIds.length] ?? "";
        const found = await reader.trace(id);
        if (found === undefined || found.logs.length === 0) throw new Error(`no trace ${id}`);
      },
    },
    {
      name: "trace by id, there is none",
      goalMs: 50,
      ask: (n) => reader.trace(`${n}`.padStart(32, "a")),
    },
  ];
}

function ofFilters(reader: SignalReader, all: Range): Question[] {
  const goalMs = 300;
  const status: Filter = { op: "gte", field: "http.response.status_code", value: 500 };
  return [
    {
      name: "histogram of everything by level, a day",
      goalMs,
      ask: () => histogram(reader, all, { op: "all" }),
    },
    {
      name: "filter (service, level) + histogram, a day",
      goalMs,
      ask: () => histogram(reader, all, and(eq("service", "payments"), errors)),
    },
    {
      name: "filter (attribute) + histogram, a day",
      goalMs,
      ask: () => histogram(reader, all, status),
    },
    {
      name: "filter (attribute of 50,000 values) + histogram, a day",
      goalMs,
      ask: (n) => histogram(reader, all, eq("user.id", `u${n * 31}`)),
    },
    {
      name: "filter (attribute) + histogram, an hour",
      goalMs,
      ask: (n) =>
        histogram(
          reader,
          hourOf(all, n),
          and(eq("service", "gateway"), eq("http.route", "/orders")),
        ),
    },
    { name: "newest 100 of a day", goalMs, ask: () => search(reader, all, { op: "all" }) },
    { name: "newest 100 errors of a day", goalMs, ask: () => search(reader, all, errors) },
  ];
}

function ofTexts(reader: SignalReader, all: Range, orderId: string): Question[] {
  const goalMs = 500;
  const found = (name: string, filter: Filter): Question => {
    return { name, goalMs, ask: () => search(reader, all, filter) };
  };
  return [
    found("full text, frequent word", text("queued")),
    found("full text, Chinese", text("付款成功")),
    found("full text, a word of one line in 220,000, all day", text(rare)),
    found("full text, absent word", text("chrysanthemum")),
    found("full text and filter: errors that say upstream", and(errors, text("upstream answered"))),
    found("full text, an id that one line in 220,000 has, all day", text(orderId)),
    found("full text, an id that no line has", text("ord_7c1e90b2a4d8f365")),
    found("the id that one line in 220,000 has, by attribute", eq("order.id", orderId)),
    {
      name: "full text + histogram, an hour",
      goalMs,
      ask: (n) => histogram(reader, hourOf(all, n), text("failed")),
    },
    {
      name: "full text + histogram, a day",
      times: 5,
      ask: () => histogram(reader, all, text("failed")),
    },
    {
      name: "regular expression, newest 100",
      ask: () => search(reader, all, { op: "regex", field: "body", pattern: "status (5|4)\\d\\d" }),
    },
  ];
}

function ofServices(reader: SignalReader, all: Range): Question[] {
  const orders = and(eq("service", "orders"), eq("kind", "server"));
  const postgres = eq("db.system.name", "postgresql");
  return [
    {
      name: "services: rate, errors, p50, p95, p99, a day",
      ask: () => red(reader, all, ["service"], eq("kind", "server")),
    },
    {
      name: "endpoints of a service, a day",
      ask: () => red(reader, all, ["http.request.method", "http.route"], orders),
    },
    {
      name: "statements of a database, an hour",
      ask: (n) => red(reader, hourOf(all, n), ["db.query.text"], postgres),
    },
    { name: "service map, a day", ask: () => reader.edges(all) },
    {
      name: "newest 20 traces with an error",
      ask: () => reader.traces({ ...all, filter: eq("status", "error"), limit: 20 }),
    },
    {
      name: "slowest 20 traces of an hour",
      times: 5,
      ask: (n) =>
        reader.traces({
          ...hourOf(all, n),
          filter: { op: "all" },
          limit: 20,
          orderBy: "duration",
        }),
    },
  ];
}

function ofFields(reader: SignalReader, all: Range): Question[] {
  return [
    { name: "fields", times: 5, ask: () => reader.fields("logs", all) },
    {
      name: "values of a field",
      times: 5,
      ask: () => reader.fieldValues("logs", "http.route", all, "/", 20),
    },
    {
      name: "SQL: lines by service and level, a day",
      times: 5,
      ask: () =>
        reader.sql("select service, level, count(*) from logs group by all", {
          rowsMax: 100,
          timeoutMs: 20_000,
        }),
    },
  ];
}

/** What the platform's console asks, as it asks it. */
export function questionsOf(reader: SignalReader, data: Filled, orderId: string): Question[] {
  const all: Range = { fromNs: data.startNs, toNs: data.endNs };
  return [
    ...ofTraces(reader, data),
    ...ofFilters(reader, all),
    ...ofTexts(reader, all, orderId),
    ...ofServices(reader, all),
    ...ofFields(reader, all),
  ];
}

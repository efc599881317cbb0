import { expect } from "vitest";
import type { Filter } from "../../signals/filter.ts";
import { everything } from "../../signals/filter.ts";
import { codeOf, originOf } from "./world.ts";
import type { Case } from "./world.ts";

/** Texts that break what is careless with them. */
const hostile: readonly string[] = [
  "'; drop table logs; --",
  `" or ""="`,
  "\\'; select 1; \\",
  "%_*?[a-z]{2}",
  "$1 ${x} {{x}} <script>alert(1)</script>",
  "line\u2028separator\u0000after zero\u0007",
  '}{"query":{"match_all":{}}}',
  "訂單'';--付款",
  "../../etc/passwd",
  "__proto__",
  "e\u0301 vs \u00e9",
  "x".repeat(8000),
];

/** Nothing that a client sends or asks for is taken for anything but text. */
export const hostility: readonly Case[] = [
  {
    name: "hostile texts are kept as they are, and found by what they say alone",
    async run({ at, log, range, store, write }) {
      const logs = hostile.map((body, index) =>
        log({ timeNs: at(index), body, attributes: { hostile: body } }),
      );
      await write({ logs });
      const bodies = async (filter: Filter): Promise<string[]> => {
        const page = await store.searchLogs({ ...range, filter, limit: 100, ascending: true });
        return page.records.map(({ record }) => record.body);
      };
      expect(await bodies(everything)).toEqual(hostile);
      for (const text of hostile) {
        expect(await bodies({ op: "eq", field: "body", value: text })).toEqual([text]);
        expect(await bodies({ op: "text", text })).toEqual([text]);
        expect(await bodies({ op: "eq", field: "hostile", value: text })).toEqual([text]);
        expect(await bodies({ op: "in", field: "hostile", values: [text, "no"] })).toEqual([text]);
      }
      const values = await store.fieldValues("logs", "hostile", range, "'; drop", 10);
      expect(values).toEqual([{ value: hostile[0], count: 1 }]);
    },
  },
  {
    name: "hostile names of fields are fields, there or not",
    async run({ at, log, range, store, write }) {
      const names = hostile.slice(0, 9);
      await write({
        logs: names.map((name, index) => log({ timeNs: at(index), attributes: { [name]: "v" } })),
      });
      for (const [index, field] of names.entries()) {
        const filter: Filter = { op: "eq", field, value: "v" };
        const page = await store.searchLogs({ ...range, filter, limit: 10 });
        expect(page.records.map(({ record }) => record.timeNs)).toEqual([at(index)]);
        const { rows } = await store.aggregate({
          ...range,
          signal: "logs",
          filter,
          by: [field],
          measures: [{ as: field, fn: "count" }],
          limit: 10,
        });
        expect(rows.map(({ by, values }) => [by[0], values[field]])).toEqual([["v", 1]]);
      }
    },
  },
  {
    name: "hostile services, operations and groups are names like others",
    async run({ at, error, range, span, store, write }) {
      const names = hostile.slice(0, 8);
      const spans = names.map((name, index) =>
        span({
          origin: originOf(name),
          name,
          traceId: (index + 1).toString(16).padStart(32, "0"),
          startNs: at(index),
        }),
      );
      const errors = names.map((user, index) => error({ timeNs: at(index), user, type: user }));
      await write({ spans, errors });
      for (const name of names) {
        const filter: Filter = { op: "eq", field: "service", value: name };
        const traces = await store.traces({ ...range, filter, limit: 10 });
        expect(traces.map(({ rootService, rootName }) => [rootService, rootName])).toEqual([
          [name, name],
        ]);
        const found = await store.searchErrors({
          ...range,
          filter: { op: "eq", field: "user", value: name },
          limit: 10,
        });
        expect(found.records.map(({ record }) => record.type)).toEqual([name]);
      }
    },
  },
  {
    name: "a filter of any depth is answered or refused",
    async run({ log, range, store, write }) {
      await write({ logs: [log({})] });
      let deep: Filter = everything;
      for (let depth = 0; depth < 2000; depth++) deep = { op: "not", of: deep };
      const wide: Filter = {
        op: "or",
        of: Array.from({ length: 5000 }, (_, index): Filter => {
          return { op: "eq", field: `f${index}`, value: index };
        }),
      };
      for (const filter of [deep, wide]) {
        const code = await codeOf(store.searchLogs({ ...range, filter, limit: 1 }));
        expect(code).toMatch(/^(?:none|MOR_TELEMETRY_QUERY\w*|MOR_INVALID)$/);
      }
      const page = await store.searchLogs({ ...range, filter: everything, limit: 1 });
      expect(page.records).toHaveLength(1);
    },
  },
  {
    name: "SQL reads the signals and can do nothing else",
    needs: "sql",
    async run({ at, log, range, store, write }) {
      const limits = { rowsMax: 10, timeoutMs: 20_000 };
      await write({ logs: Array.from({ length: 12 }, (_, index) => log({ timeNs: at(index) })) });
      const between = `time_ns >= ${range.fromNs} and time_ns < ${range.toNs}`;
      const found = await store.sql(
        `select service, count(*) as n from logs where ${between} group by service`,
        limits,
      );
      expect(found).toMatchObject({ rows: [["orders", 12]], cut: false });
      expect(found.columns.map(({ name }) => name)).toEqual(["service", "n"]);
      const cut = await store.sql(`select body from logs where ${between}`, limits);
      expect(cut.rows).toHaveLength(10);
      expect(cut.cut).toBe(true);
      for (const text of [
        "select * from read_text('/etc/passwd')",
        "copy logs to 'x.csv'",
        "drop view logs",
        "delete from logs",
        "select 1; select 2",
        "selec",
        "",
      ]) {
        const code = await codeOf(store.sql(text, limits));
        expect({ text, code }).toEqual({ text, code: "MOR_TELEMETRY_SQL" });
      }
    },
  },
  {
    name: "what an engine has not is told as unsupported",
    async run({ features, range, store }) {
      const none = { op: "all" } as const;
      if (!features.sql) {
        const limits = { rowsMax: 1, timeoutMs: 1000 };
        expect(await codeOf(store.sql("select 1", limits))).toBe("MOR_UNSUPPORTED");
      }
      if (!features.points) {
        const series = store.series({ ...range, filter: none, seriesMax: 1 });
        expect(await codeOf(series)).toBe("MOR_UNSUPPORTED");
      }
      if (!features.edges) expect(await codeOf(store.edges(range))).toBe("MOR_UNSUPPORTED");
    },
  },
];

import { describe, expect, it } from "vitest";
import {
  byUrgency,
  firingsOf,
  firstCondition,
  firstSpec,
  openTitle,
  readLength,
  unitOfCondition,
  writeLength,
  type AlertView,
  type HistoryEntry,
} from "./alert-data.ts";
import { declaration, nameOf, readSpec } from "./dashboard-spec.ts";
import { firstExpression, promqlAt } from "./promql.ts";
import { shareWords } from "./slo-data.ts";
import { wordsAt } from "./sql-words.ts";

const alert = (
  name: string,
  state: AlertView["state"],
  severity: "page" | "ticket",
): AlertView => ({
  name,
  origin: "code",
  spec: { ...firstSpec, severity },
  state,
  sinceMs: 1,
  value: null,
  note: "",
  reason: null,
  firing: 0,
  pending: 0,
  status: null,
  updatedAtMs: null,
  updatedBy: "",
});

const change = (atMs: number, to: HistoryEntry["to"], fingerprint = "a"): HistoryEntry => ({
  id: String(atMs),
  alert: "one",
  fingerprint,
  labels: {},
  atMs,
  to,
  firingId: fingerprint,
  value: null,
  note: "",
  reason: null,
});

describe("alerts as the console has them", () => {
  it("puts what needs somebody first", () => {
    const alerts = [
      alert("quiet", "inactive", "page"),
      alert("ticket", "firing", "ticket"),
      alert("broken", "error", "page"),
      alert("page", "firing", "page"),
    ];
    expect(byUrgency(alerts).map(({ name }) => name)).toEqual([
      "page",
      "ticket",
      "broken",
      "quiet",
    ]);
  });

  it("makes firings of history, open and cut ones too", () => {
    const history = [
      change(90, "firing", "b"),
      change(50, "resolved"),
      change(30, "firing"),
      change(20, "resolved", "c"),
      change(2, "firing", "d"),
      change(1, "pending", "d"),
    ];
    const found = firingsOf(history, { fromMs: 10, toMs: 100 });
    expect(found.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [2, undefined],
      [10, 20],
      [30, 50],
      [90, undefined],
    ]);
  });

  it("reads and writes lengths of time", () => {
    for (const text of ["90s", "5m", "1h30m", "2d12h", "250ms", "0"]) {
      const ms = readLength(text);
      expect(ms).toBeDefined();
      expect(readLength(writeLength(ms ?? -1))).toBe(ms);
    }
    expect(readLength("1h 30m")).toBe(5_400_000);
    expect(writeLength(5_400_000)).toBe("1h30m");
    for (const text of ["", "5", "m", "5 min", "-5m", "5mm"]) {
      expect(readLength(text)).toBeUndefined();
    }
  });

  it("knows the unit of what is judged, and shows a title that is not filled in", () => {
    expect(unitOfCondition(firstCondition("threshold"))).toBe("percent");
    expect(unitOfCondition(firstCondition("anomaly"))).toBe("ms");
    expect(unitOfCondition(firstCondition("change"))).toBe("");
    expect(openTitle({ ...firstSpec, title: "{{ service }} fails: {{value}}" })).toBe(
      "‹service› fails: ‹value›",
    );
  });

  it("says shares with as many digits as they need", () => {
    expect([0.9, 0.95, 0.99, 0.999, 0.9995, 0.99799, 1].map(shareWords)).toEqual([
      "90 %",
      "95 %",
      "99 %",
      "99.9 %",
      "99.95 %",
      "99.8 %",
      "100 %",
    ]);
  });
});

describe("definitions as code", () => {
  it("writes a declaration that says the same", () => {
    const spec = { title: 'The "shop"', panels: [{ by: ["service"], "odd-key": 1, none: [] }] };
    const text = declaration("dashboard", "the-shop", spec);
    expect(text).toContain('export const theShop = dashboard("the-shop", ');
    const [, literal = ""] = /dashboard\("the-shop", ([^]*)\);\n$/.exec(text) ?? [];
    const json = literal.replaceAll(/(?<=[{\s])(\w+):/g, '"$1":').replaceAll(/,(?=\s*[}\]])/g, "");
    expect(JSON.parse(json)).toEqual(spec);
  });

  it("names what people gave a title", () => {
    expect(nameOf("Orders & revenue (2)", "x")).toBe("orders-revenue-2");
    expect(nameOf("Café", "x")).toBe("cafe");
    expect(nameOf("訂單", "dashboard")).toBe("dashboard");
    expect(nameOf("2 orders", "x")).toBe("orders");
  });

  it("takes no text that is no dashboard", () => {
    expect(readSpec('{"panels": []}')).toBeDefined();
    for (const text of ["", "[]", "null", '{"panels": 1}']) expect(readSpec(text)).toBeUndefined();
  });
});

describe("what could follow", () => {
  it("knows columns of the tables that a statement names", () => {
    const at = (text: string, asked = false): string[] => {
      const cursor = text.indexOf("|");
      const found = wordsAt(text.replace("|", ""), cursor, asked);
      return found.words.map((one) => one.text);
    };
    expect(at("select * from |")).toEqual(["logs", "spans", "points", "errors"]);
    expect(at("select du| from spans")).toContain("duration_ms");
    expect(at("select du| from logs")).not.toContain("duration_ms");
    expect(at("select * from spans where time >= $f|")).toEqual(["$from"]);
    expect(at("select 'se|")).toEqual([]);
    expect(at("select 1 -- se|")).toEqual([]);
    expect(at("select |")).toEqual([]);
    expect(at("select 1 from spans order by time desc|")).toEqual([]);
    expect(at("select | from errors", true)).toContain("fingerprint");
  });

  it("knows whether a name or a label stands at a place of PromQL", () => {
    const at = (text: string) => {
      const cursor = text.indexOf("|");
      const { kind, typed, metric } = promqlAt(text.replace("|", ""), cursor);
      return [kind, typed, metric];
    };
    expect(at("sum(rate(ord|")).toEqual(["name", "ord", ""]);
    expect(at("orders_total{co|")).toEqual(["label", "co", "orders_total"]);
    expect(at('orders_total{country="Sp|')).toEqual(["none", "Sp", ""]);
    expect(at('orders_total{country="Spain", j|')).toEqual(["label", "j", "orders_total"]);
    expect(at("sum by (jo|")).toEqual(["label", "jo", ""]);
    expect(at("rate(orders_total[5|")).toEqual(["none", "", ""]);
  });

  it("opens a metric by what suits it", () => {
    const names = ["orders_total", "call_seconds_bucket", "call_seconds_count", "in_flight"];
    expect(firstExpression("orders_total", names)).toBe("sum(rate(orders_total[5m]))");
    expect(firstExpression("call_seconds", names)).toBe(
      "histogram_quantile(0.95, sum by (le) (rate(call_seconds_bucket[5m])))",
    );
    expect(firstExpression("in_flight", names)).toBe("in_flight");
    expect(firstExpression("odd name", names)).toBe('{__name__="odd name"}');
  });
});

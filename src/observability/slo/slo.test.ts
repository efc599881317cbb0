import { afterEach, describe, expect, it } from "vitest";
import { makeRig } from "../alerts/rig.contract.ts";
import type { Rig } from "../alerts/rig.contract.ts";
import { budgetOf, burnPolicies, burnRate, policiesFor } from "./burn.ts";
import { burnStateOf } from "./ledger.ts";
import { fromOpenSlo, fromOpenSloFile, toOpenSlo } from "./openslo.ts";
import { budgetSeries } from "./routes.ts";
import { slo } from "./slo.ts";
import { parseYaml, writeYaml } from "./yaml.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const shop = slo("shop", {
  title: "Shop answers",
  service: "shop",
  objective: 0.999,
  indicator: {
    type: "records",
    signal: "spans",
    q: "service:shop",
    good: "-status:error duration<=500ms",
  },
  notify: ["inbox"],
});

describe("the budget", () => {
  it("is what may fail, less what failed", () => {
    expect(budgetOf({ good: 99_950, total: 100_000 }, 0.999).remaining).toBeCloseTo(0.5, 9);
    expect(budgetOf({ good: 99_800, total: 100_000 }, 0.999).remaining).toBeCloseTo(-1, 9);
    expect(budgetOf({ good: 0, total: 0 }, 0.999)).toMatchObject({ remaining: 1 });
    expect(burnRate({ good: 98_560, total: 100_000 }, 0.999)).toBeCloseTo(14.4, 9);
    expect(burnRate({ good: 0, total: 0 }, 0.999)).toBeUndefined();
  });

  it.each(burnPolicies)("$rate times over $longMs ms uses the share of the workbook", (policy) => {
    const share = (policy.rate * policy.longMs) / (30 * day);
    const shares: Record<number, number> = { 14.4: 0.02, 6: 0.05, 3: 0.1, 1: 0.1 };
    expect(share).toBeCloseTo(shares[policy.rate] ?? 0, 9);
    expect(policy.shortMs).toBe(policy.longMs / 12);
  });

  it("of a week scales the rates, and leaves out windows that are longer than it", () => {
    expect(policiesFor(7 * day)[0]?.rate).toBeCloseTo((14.4 * 7) / 30, 9);
    expect(policiesFor(2 * day).map(({ longMs }) => longMs)).toEqual([hour, 6 * hour, day]);
  });

  it("series slides over the window", () => {
    const buckets = [0, 1, 2, 3].map((at) => ({ atMs: at * hour, good: 9, total: 10 }));
    const series = budgetSeries(buckets, { windowMs: 2 * hour, objective: 0.8 }, hour);
    expect(series.map(({ remaining }) => Number(remaining.toFixed(9)))).toEqual([0.5, 0.5, 0.5]);
  });
});

/**
 * How long a constant share of failures takes to be told, minutes, as the Site Reliability Workbook
 * has it for 99.9 %: the long window must hold `rate` times the budget, so it takes
 * `longMs * rate * (1 - objective) / share`.
 */
function detectionMinutes(share: number, severity: "page" | "ticket"): number | undefined {
  for (let at = 1; at <= 3 * 24 * 60; at++) {
    for (const policy of burnPolicies.filter((one) => one.severity === severity)) {
      const over = (windowMs: number) => {
        const total = windowMs / minute;
        return { total, good: total - Math.min(at, total) * share };
      };
      const spec = { objective: 0.999, eventsMin: 1 };
      const state = burnStateOf(policy, over(policy.longMs), over(policy.shortMs), spec);
      if (state.burning) return at;
    }
  }
  return undefined;
}

describe("burn rates", () => {
  it.each([
    [1, "page", 1],
    [0.1, "page", 9],
    [0.02, "page", 44],
    [0.006, "page", 360],
    [0.005, "page", undefined],
    [0.005, "ticket", 864],
    [0.001, "ticket", 4320],
    [0.0009, "ticket", undefined],
  ] as const)("a share of %d makes a %s after %d minutes", (share, severity, minutes) => {
    expect(detectionMinutes(share, severity)).toBe(minutes);
  });

  it("needs events enough: one failure of three pages nobody", () => {
    const [policy] = burnPolicies;
    if (policy === undefined) return;
    const three = { good: 2, total: 3 };
    const spec = { objective: 0.999, eventsMin: 10 };
    expect(burnStateOf(policy, three, three, spec).burning).toBe(false);
    expect(burnStateOf(policy, three, three, { ...spec, eventsMin: 3 }).burning).toBe(true);
  });

  it("page while it burns, and end soon after", async () => {
    rig = await makeRig([], [shop]);
    await rig.run(2 * hour, minute, () => rig?.spans(10));
    expect(rig.inbox.got).toEqual([]);
    const began = rig.clock.now();
    await rig.run(10 * minute, minute, () => rig?.spans(10, { status: 2 }));
    const page = rig.inbox.got.find(({ alerts }) => alerts[0]?.severity === "page");
    expect(page?.alerts[0]).toMatchObject({ alert: "slo.shop.page", labels: { slo: "shop" } });
    expect((page?.atMs ?? 0) - began).toBeLessThanOrEqual(5 * minute);
    const ended = rig.clock.now();
    await rig.run(45 * minute, minute, () => rig?.spans(10));
    const resolved = rig.inbox.got.findLast(({ alerts }) =>
      alerts.some(({ state, severity }) => state === "resolved" && severity === "page"),
    );
    expect((resolved?.atMs ?? Infinity) - ended).toBeLessThanOrEqual(40 * minute);
    const { spec } = await rig.engine().objectives.get("shop");
    const state = await rig.engine().ledger.state("shop", spec);
    expect(state.failed).toBe(100);
    expect(state.total).toBe(rig.held.spans.length);
    expect(state.remaining).toBeCloseTo(1 - 100 / (rig.held.spans.length * 0.001), 6);
  }, 20_000);

  it("are counted once over a restart, and late events are counted", async () => {
    rig = await makeRig([], [shop]);
    await rig.run(20 * minute, minute, () => rig?.spans(5));
    const late = BigInt(rig.clock.now() - 5 * minute) * 1_000_000n;
    rig.spans(3, { startNs: late, status: 2 });
    await rig.restart();
    await rig.run(5 * minute, minute, () => rig?.spans(5));
    const { spec } = await rig.engine().objectives.get("shop");
    expect(await rig.engine().ledger.state("shop", spec)).toMatchObject({
      total: rig.held.spans.length,
      failed: 3,
    });
    const series = await rig.engine().ledger.series("shop", spec, 0);
    expect(series.reduce((sum, { total }) => sum + total, 0)).toBe(rig.held.spans.length);
  });
});

describe("OpenSLO", () => {
  const metrics = slo("orders", {
    title: "Orders",
    objective: 0.95,
    windowMs: 7 * day,
    indicator: { type: "metrics", good: "orders_total", total: "checkouts_total" },
    alerting: false,
  });

  it.each([shop, metrics])("$name comes back as it went", ({ name, spec }) => {
    const document = JSON.parse(JSON.stringify(toOpenSlo({ name, spec }))) as unknown;
    expect(fromOpenSlo(document)).toEqual({ name, spec });
  });

  it("of others is read, and refused with what is wrong", () => {
    const theirs = (spec: object) => ({
      apiVersion: "openslo/v1",
      kind: "SLO",
      metadata: { name: "web" },
      spec: {
        service: "web",
        indicator: {
          spec: {
            ratioMetric: {
              counter: true,
              good: {
                metricSource: { type: "Prometheus", spec: { query: 'http_total{code="200"}' } },
              },
              total: { metricSource: { type: "Prometheus", spec: { query: "http_total" } } },
            },
          },
        },
        timeWindow: [{ duration: "4w", isRolling: true }],
        budgetingMethod: "Occurrences",
        objectives: [{ targetPercent: 99.5 }],
        ...spec,
      },
    });
    const { name, spec } = fromOpenSlo(theirs({}));
    expect([name, spec.objective, spec.windowMs]).toEqual(["web", 0.995, 28 * day]);
    expect(() => fromOpenSlo(theirs({ budgetingMethod: "Timeslices" }))).toThrow(/budgetingMethod/);
    const calendar = { timeWindow: [{ duration: "4w", isRolling: false }] };
    expect(() => fromOpenSlo(theirs(calendar))).toThrow(/calendar/);
  });
});

describe("OpenSLO in YAML", () => {
  const file = `# As a team keeps it beside its code
apiVersion: openslo/v1
kind: Service
metadata: { name: web }
spec: { description: The shop's front }
---
apiVersion: openslo/v1
kind: SLI
metadata:
  name: web-ok
spec:
  ratioMetric:
    counter: true
    good: &http
      metricSource:
        type: Prometheus
        spec:
          query: >-
            http_total{code="200"}
    total: *http
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: web
  displayName: 網站
spec:
  service: web
  indicatorRef: web-ok
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: 0.995
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: web-two }
spec:
  indicatorRef: web-ok
  timeWindow: [{ duration: 7d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ targetPercent: 99 }]
`;

  it("comes as files of several documents, with indicators by reference", async () => {
    const found = fromOpenSloFile(await parseYaml(file, "slos.yaml"));
    expect(found.map(({ name, spec }) => [name, spec.title, spec.objective])).toEqual([
      ["web", "網站", 0.995],
      ["web-two", "web-two", 0.99],
    ]);
    expect(found[0]?.spec.indicator).toEqual({
      type: "metrics",
      good: 'http_total{code="200"}',
      total: 'http_total{code="200"}',
    });
    const without = await parseYaml(file.replaceAll("name: web-ok", "name: other"), "it");
    expect(() => fromOpenSloFile(without)).toThrow(/no SLI is named web-ok/);
    expect(() => fromOpenSloFile([])).toThrow(/no document of kind SLO/);
    expect(() => fromOpenSloFile([{ apiVersion: "openslo/v2", kind: "SLO" }])).toThrow(
      /document 1: apiVersion/,
    );
  });

  it("comes back as it went, whatever its texts hold", async () => {
    const odd = slo("odd", {
      title: "yes: no # - [x] 'q' \"p\" 訂單\n  two lines",
      description: "null",
      objective: 0.9,
      indicator: { type: "records", signal: "logs", q: "a:*", good: "-level:error" },
    });
    const text = await writeYaml(toOpenSlo(odd));
    expect(fromOpenSloFile(await parseYaml(text, "it"))).toEqual([
      { name: odd.name, spec: odd.spec },
    ]);
    const json = JSON.stringify(toOpenSlo(odd));
    expect(fromOpenSloFile(await parseYaml(json, "it"))).toHaveLength(1);
  });

  const laughs = "bcdefghi"
    .split("")
    .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(", ")}]`);

  it.each([
    ["too large", `a: "${"x".repeat(140_000)}"`, /140005 bytes, at most 131072/],
    ["of too many parts", "k: 1\n".repeat(5000), /more than 10000 parts/],
    ["an alias bomb", ["a: &a [x, x, x]", ...laughs].join("\n"), /alias/],
    ["a key twice", "a: 1\na: 2", /line 2, column 1: .*unique/],
    ["nested without end", "[".repeat(9000), /line 1, column/],
    ["all quotes", '"'.repeat(9000), /line 1/],
    ["a tag of a language", "a: !!js/function 'x'", /line 1, column 4: .*tag/],
    ["an alias of nothing", "a: *b", /alias/],
    ["of too many documents", "---\na\n".repeat(60), /60 documents, at most 50/],
    ["no YAML", "a: [1, 2", /line 1/],
    ["empty", "", /empty/],
  ])("is refused when it is %s, quickly", async (_what, text, wanted) => {
    const startedMs = performance.now();
    await expect(parseYaml(text, "slos.yaml")).rejects.toThrow(wanted);
    await expect(parseYaml(text, "slos.yaml")).rejects.toMatchObject({ code: "MOR_INVALID" });
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});

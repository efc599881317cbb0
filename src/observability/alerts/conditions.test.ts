import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { dataFile } from "../../../conformance/data.ts";
import { seededRandom } from "../../core/ids.ts";
import { alert } from "./alert.ts";
import { judge } from "./anomaly.ts";
import type { AnomalyOptions } from "./anomaly.ts";
import { backtest } from "./backtest.ts";
import type { ConditionInput } from "./conditions.ts";
import { evaluateCondition } from "./evaluate.ts";
import { makeRig } from "./rig.contract.ts";
import type { Rig } from "./rig.contract.ts";

const seed = 11;
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const specOf = (condition: ConditionInput) => alert("one", { title: "t", condition }).spec;
const judged = async (condition: ConditionInput) => {
  if (rig === undefined) return [];
  const { knowledge } = rig.engine();
  const now = rig.clock.now();
  return (await evaluateCondition(specOf(condition).condition, knowledge, now)).findings;
};
const counts = { type: "records", signal: "spans", measure: "count", by: ["service"] } as const;

describe("conditions", () => {
  it("absence finds the group that fell silent", async () => {
    rig = await makeRig([]);
    rig.spans(3, { service: "a" });
    rig.spans(3, { service: "b" });
    rig.clock.advance(10 * minute);
    rig.spans(1, { service: "a" });
    rig.clock.advance(1000);
    const found = await judged({ type: "absence", source: counts, windowMs: 5 * minute });
    expect(found.map(({ labels, held }) => [labels["service"], held])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(found.map(({ reason, note }) => [reason, note])).toEqual([
      [{ said: "absence", value: 1, windowMs: 5 * minute }, "1 in 5 min"],
      [{ said: "absence", value: 0, windowMs: 5 * minute }, "nothing in 5 min"],
    ]);
  });

  it("change compares with the window before, where that had enough", async () => {
    rig = await makeRig([]);
    rig.spans(20, { service: "a" });
    rig.spans(2, { service: "b" });
    rig.clock.advance(5 * minute);
    rig.spans(5, { service: "a" });
    rig.clock.advance(4 * minute);
    const condition = {
      type: "change",
      source: counts,
      windowMs: 5 * minute,
      op: "<=",
      value: -50,
    } as const;
    const found = await judged({ ...condition, least: 10 });
    expect(found).toMatchObject([
      { labels: { service: "a" }, value: -75, held: true },
      { labels: { service: "b" }, value: null, held: undefined },
    ]);
    expect(await judged({ ...condition, as: "absolute" })).toMatchObject([
      { value: -15, held: false },
      { value: -2, held: false },
    ]);
  });

  it("error groups and log patterns are told while they are new", async () => {
    rig = await makeRig([]);
    const now = rig.clock.now();
    const group = {
      fingerprint: "f1",
      service: "shop",
      type: "TypeError",
      message: "x",
      culprit: "",
      groupedBy: "stack",
      parts: [],
      assignee: "",
      resolvedRelease: "",
      resolvedAtMs: null,
      ignoredUntilMs: null,
      firstRelease: "",
      lastRelease: "",
      lastSeenMs: now,
      times: 3,
    };
    const old = { ...group, status: "open", firstSeenMs: now - day, regressedAtMs: null } as const;
    rig.groups.push(
      { ...old, firstSeenMs: now - minute },
      { ...old, fingerprint: "f2" },
      { ...old, fingerprint: "f3", regressedAtMs: now - minute },
    );
    const found = await judged({ type: "error-group" });
    expect(found.map(({ labels }) => [labels["group"], labels["news"]])).toEqual([
      ["f1", "new"],
      ["f3", "regressed"],
    ]);
  });

  it("PromQL gives an instance each series", async () => {
    rig = await makeRig([]);
    const source = { type: "promql", expr: "vector(3) > 2" } as const;
    const found = await judged({
      type: "threshold",
      source,
      windowMs: minute,
      op: ">",
      value: 2.5,
    });
    expect(found).toMatchObject([{ labels: {}, value: 3, held: true }]);
  });

  it("refuses what cannot be evaluated when it is declared", () => {
    const wrong = { ...counts, q: "service:(" };
    const condition = {
      type: "threshold",
      source: wrong,
      windowMs: minute,
      op: ">",
      value: 1,
    } as const;
    expect(() => specOf(condition)).toThrow(/alert one: condition\.source\.q/);
    const bare = { type: "promql", expr: "sum(" } as const;
    expect(() => specOf({ ...condition, source: bare })).toThrow(/condition\.source\.expr/);
  });
});

/** A daily wave with noise, 5-minute steps. */
function wave(days: number, noise: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: days * 288 }, (_, at) => {
    const daily = 100 + 60 * Math.sin((2 * Math.PI * at) / 288);
    const weekend = Math.floor(at / 288) % 7 >= 5 ? 0.5 : 1;
    return daily * weekend + noise * (random.next() + random.next() - 1);
  });
}

const options: AnomalyOptions = {
  stepMs: 5 * minute,
  season: "auto",
  direction: "both",
  deviations: 5,
  leastDifference: 0,
};

describe("anomalies", () => {
  it("learns before it judges, then knows days, then weeks", () => {
    const values = wave(28, 10);
    expect(judge(values, 288, options)).toMatchObject({ basis: "learning", anomalous: false });
    expect(judge(values, 4 * 288 + 5, options).basis).toBe("day");
    expect(judge(values, 22 * 288, options).basis).toBe("week");
  });

  it(`finds a drop that is usual at another hour, with few false alarms (seed ${seed})`, () => {
    const values = wave(35, 10);
    let wrong = 0;
    for (let at = 21 * 288; at < values.length; at++) {
      if (judge(values, at, options).anomalous) wrong++;
    }
    expect(wrong / (14 * 288)).toBeLessThan(0.005);
    // A weekday's peak falls to what its night is like: no fixed bound would notice.
    const peak = 30 * 288 + 72;
    const fallen = values.slice();
    fallen[peak] = 60;
    expect(judge(fallen, peak, options)).toMatchObject({ anomalous: true, basis: "week" });
    expect(judge(fallen, peak, { ...options, direction: "above" }).anomalous).toBe(false);
    expect(judge(fallen, peak, { ...options, leastDifference: 500 }).anomalous).toBe(false);
  });

  it("finds the recorded anomalies of daily series, and none in those without", () => {
    const path = dataFile("anomaly-nab/windows.json");
    if (path === undefined) return;
    const windows = JSON.parse(readFileSync(path, "utf8")) as Record<string, [string, string][]>;
    const daily = [
      "artificialWithAnomaly/art_daily_jumpsup.csv",
      "artificialWithAnomaly/art_daily_flatmiddle.csv",
      "artificialNoAnomaly/art_daily_small_noise.csv",
    ];
    const found = daily.map((name) => {
      const lines = readFileSync(dataFile(`anomaly-nab/${name}`) ?? "", "utf8")
        .trim()
        .split("\n");
      const rows = lines.slice(1).map((line) => line.split(","));
      const values = Float64Array.from(rows, ([, value]) => Number(value));
      const inside = (time: string) =>
        (windows[name] ?? []).some(([from, to]) => time >= from && time <= to);
      let [hits, wrong] = [0, 0];
      for (let at = 0; at < values.length; at++) {
        if (!judge(values, at, options).anomalous) continue;
        if (inside(rows[at]?.[0] ?? "")) hits++;
        else wrong++;
      }
      return { hits: hits > 0, share: wrong / values.length };
    });
    expect(found.map(({ hits }) => hits)).toEqual([true, true, false]);
    for (const { share } of found) expect(share).toBeLessThan(0.03);
  });
});

describe("a back-test", () => {
  const condition = {
    type: "threshold",
    source: { type: "records", signal: "spans", q: "service:shop", measure: "error-share" },
    windowMs: 5 * minute,
    op: ">",
    value: 0.2,
  } as const;

  it("says when an alert would have fired, as it did live", async () => {
    const live = alert("live", { title: "t", condition, delayMs: 0, forMs: 2 * minute });
    rig = await makeRig([live]);
    const began = rig.clock.now();
    await rig.run(30 * minute, minute, () => rig?.spans(5));
    await rig.run(10 * minute, minute, () => rig?.spans(5, { status: 2 }));
    await rig.run(20 * minute, minute, () => rig?.spans(5));
    const objective = async (name: string) =>
      (await rig?.engine().objectives.get(name))?.spec as never;
    const { reader, clock } = rig.options;
    const context = { reader, clock, knowledge: rig.engine().knowledge, objective };
    const found = await backtest(live.spec, { fromMs: began, toMs: rig.clock.now() }, context);
    const history = await rig.engine().book.history({ alert: "live", limit: 10 });
    const at = (to: string) => history.find((one) => one.to === to)?.atMs;
    expect(found).toMatchObject({
      count: 1,
      stepMs: minute,
      evaluations: 61,
      flaps: 0,
      leftOut: 0,
    });
    expect(found.firings[0]).toMatchObject({ fromMs: at("firing"), toMs: at("resolved") });
    expect(found.firingMinutes).toBe(((at("resolved") ?? 0) - (at("firing") ?? 0)) / minute);
  });

  it("of quantiles asks the store, of burn rates counts once", async () => {
    rig = await makeRig([]);
    const began = rig.clock.now();
    await rig.run(20 * minute, minute, () => rig?.spans(5, { durationNs: 1_000_000n }));
    await rig.run(20 * minute, minute, () =>
      rig?.spans(5, { durationNs: 900_000_000n, status: 2 }),
    );
    const { reader, clock } = rig.options;
    const indicator = { type: "records", signal: "spans", q: "", good: "-status:error" } as const;
    const objective = async () =>
      ({ indicator, objective: 0.99, eventsMin: 10, service: "" }) as never;
    const context = { reader, clock, knowledge: rig.engine().knowledge, objective };
    const range = { fromMs: began, toMs: rig.clock.now() };
    const source = { ...condition.source, measure: "p95", field: "duration" } as const;
    const slow = await backtest(specOf({ ...condition, source, value: 500 }), range, context);
    expect(slow.count).toBe(1);
    const windows = [{ longMs: hour, shortMs: 5 * minute, rate: 14.4 }];
    const burn = await backtest(specOf({ type: "burn-rate", slo: "x", windows }), range, context);
    expect(burn.count).toBe(1);
    expect(burn.firings[0]?.fromMs).toBe(began + 24 * minute);
  });
});

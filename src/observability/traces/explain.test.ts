import { describe, expect, it } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import { adjustP, fisherP, normalP, studentP } from "../metrics/statistics.ts";
import { everything } from "../signals/filter.ts";
import type { Attributes, SpanRecord } from "../signals/records.ts";
import { memoryReader } from "../testing/memory-reader.ts";
import { epochNs, span } from "../testing/spans.ts";
import { analyseTrace } from "./analyse.ts";
import { SetExplanationAnswer, TraceComparisonAnswer } from "./answers.ts";
import { explainSet, explainSpans } from "./explain.ts";
import { compareTraces, flameOf } from "./flame.ts";

const seed = Number(process.env["MORNING_SEED"] ?? 20_261_126);

function spansWith(
  many: number,
  from: number,
  make: (next: () => number) => Attributes,
): SpanRecord[] {
  const random = seededRandom(from);
  const next = (): number => random.next();
  return Array.from({ length: many }, (_, at) =>
    span({ id: (from + at).toString(16), attributes: { id: `u${from}-${at}`, ...make(next) } }),
  );
}

describe(`what explains a set, seed ${seed}`, () => {
  const noise = (next: () => number): Attributes => ({
    shard: `s${Math.floor(next() * 8)}`,
    "http.route": next() < 0.5 ? "/a" : "/b",
    size: Math.floor(next() * 1000),
  });

  it("finds the attribute that was planted, and with it what marks the same spans", () => {
    const slow = spansWith(200, seed, (next) => ({
      ...noise(next),
      tenant: next() < 0.8 ? "big" : "x",
      ...(next() < 2 && {}),
    }));
    const rest = spansWith(800, seed + 1, (next) => ({
      ...noise(next),
      tenant: next() < 0.1 ? "big" : "x",
    }));
    const both = [...slow, ...rest].map((one) => ({
      ...one,
      attributes: { ...one.attributes, plan: one.attributes["tenant"] === "big" ? "gold" : "free" },
    }));
    const answer = explainSet(both.slice(0, 200), both.slice(200));
    const [first] = answer.explanations;
    expect(first).toMatchObject({ attribute: "tenant", value: "big", significant: true });
    expect(first?.also).toContainEqual({ attribute: "plan", value: "gold" });
    expect(first?.difference).toBeCloseTo(0.7, 1);
    expect(answer.explanations.some(({ attribute }) => attribute === "id")).toBe(false);
    expect(SetExplanationAnswer.parse(answer).tested).toBe(answer.tested);
  });

  it("splits numbers where the sides differ", () => {
    const slow = spansWith(150, seed, (next) => ({ rows: 5000 + Math.floor(next() * 5000) }));
    const rest = spansWith(450, seed + 1, (next) => ({ rows: Math.floor(next() * 6000) }));
    const [first] = explainSet(slow, rest).explanations;
    expect(first).toMatchObject({ attribute: "rows", kind: "split", significant: true });
    expect(first?.value).toMatch(/^>= (4[5-9]|5[0-5])\d\d$/);
  });

  it("tells that an attribute is not there from a value of the same words", () => {
    const slow = spansWith(100, seed, () => ({ state: "(absent)" }));
    const rest = spansWith(100, seed + 1, (next) => ({ ...(next() < 0.9 && { cached: true }) }));
    const found = explainSet(slow, rest).explanations;
    const kinds = found.map(({ attribute, value, kind }) => [attribute, value, kind]);
    expect(kinds).toContainEqual(["state", "(absent)", "value"]);
    expect(kinds).toContainEqual(["cached", "(absent)", "absent"]);
  });

  it("rarely claims anything of pure noise, and never from a few spans", () => {
    let claims = 0;
    for (let round = 0; round < 40; round++) {
      const from = seed + round * 10_000;
      const answer = explainSet(spansWith(60, from, noise), spansWith(200, from + 5000, noise));
      if (answer.explanations.some(({ significant }) => significant)) claims++;
    }
    expect(claims).toBeLessThanOrEqual(6);
    const few = explainSet(
      spansWith(5, seed, () => ({ tenant: "big" })),
      spansWith(50, seed + 9, () => ({ tenant: "x" })),
    );
    expect(few.enough).toBe(false);
    expect(few.explanations.every(({ significant }) => !significant)).toBe(true);
  });

  it("reads both sides from the store", async () => {
    const spans = Array.from({ length: 100 }, (_, at) =>
      span({
        id: at.toString(16),
        ms: at % 4 === 0 ? 900 : 20,
        attributes: { region: at % 4 === 0 ? "eu" : "us" },
      }),
    );
    const answer = await explainSpans(memoryReader({ spans }), {
      fromNs: epochNs,
      toNs: epochNs + 1_000_000_000n,
      filter: everything,
      slowerThanMs: 500,
    });
    expect(answer).toMatchObject({ inSize: 25, restSize: 75 });
    expect(answer.explanations[0]).toMatchObject({ attribute: "region", inShare: 1, restShare: 0 });
  });
});

describe("statistics", () => {
  it("agree with tables", () => {
    // R: fisher.test(matrix(c(3,1,1,3),2)), 2*pnorm(-1.96), 2*pt(-2.228,10), p.adjust(..., "BH")
    expect(fisherP({ inWith: 3, inWithout: 1, restWith: 1, restWithout: 3 })).toBeCloseTo(
      0.4857,
      4,
    );
    expect(normalP(1.96)).toBeCloseTo(0.05, 4);
    expect(studentP(2.228, 10)).toBeCloseTo(0.05, 4);
    expect(adjustP([0.01, 0.04, 0.03])).toEqual([0.03, 0.04, 0.04]);
  });
});

describe("two traces", () => {
  const trace = (queryMs: number, extra: boolean) =>
    analyseTrace([
      span({ id: "a", name: "GET /", ms: 100 + queryMs }),
      span({ id: "b", parent: "a", name: "select", atMs: 1, ms: queryMs }),
      span({ id: "c", parent: "a", name: "select", atMs: 2 + queryMs, ms: queryMs }),
      ...(extra ? [span({ id: "d", parent: "a", name: "retry", atMs: 90, ms: 1 })] : []),
    ]);

  it("fold into a flame by path", () => {
    const flame = flameOf([trace(10, false), trace(20, false)]);
    expect(flame.nodes.map(({ name, count, totalMs }) => [name, count, totalMs])).toEqual([
      ["GET /", 2, 230],
      ["select", 4, 60],
    ]);
  });

  it("are compared by path: what is slower, what came, what is gone", () => {
    const answer = compareTraces([trace(10, false)], [trace(40, true)]);
    expect(answer.nodes.map(({ name, change }) => [name, change])).toEqual([
      ["GET /", "slower"],
      ["select", "slower"],
      ["retry", "added"],
    ]);
    expect(answer.nodes[answer.largest[0] ?? -1]?.name).toBe("select");
    expect(compareTraces([trace(40, true)], [trace(40, false)]).nodes.at(-1)?.change).toBe(
      "missing",
    );
    expect(TraceComparisonAnswer.parse(answer).tracesA).toBe(1);
  });
});

import { describe, expect, it } from "vitest";
import { simulatedClock } from "../../testing/clock.ts";
import { parseQuery } from "../logs/query/index.ts";
import type { SpanRecord } from "../signals/records.ts";
import { memoryReader } from "../testing/memory-reader.ts";
import { callRoute } from "../testing/routes.ts";
import { epochNs, span } from "../testing/spans.ts";
import type { SetExplanation } from "./explain.ts";
import { traceRoutes } from "./routes.ts";

const epochMs = Number(epochNs / 1_000_000n);
const idOf = (at: number): string => (at + 1).toString(16).padStart(32, "0");

/** 40 traces of a request and its query; those of the first 10 are of the tenant `big`. */
const spans: SpanRecord[] = Array.from({ length: 40 }, (_, at) => {
  const [traceId, atMs] = [idOf(at), at * 1000];
  const attributes = { tenant: at < 10 ? "big" : `t${at % 3}`, shard: at % 2 };
  const status = at % 4 === 0 ? 2 : 0;
  return [
    span({ id: `a${at}`, traceId, atMs, name: "GET /", ms: 50, kind: 2, attributes, status }),
    span({ id: `b${at}`, traceId, atMs, name: "select", parent: `a${at}`, ms: 5, kind: 3 }),
  ];
}).flat();

const routes = traceRoutes({
  reader: memoryReader({ spans }),
  clock: simulatedClock(epochMs + 60_000),
  language: { parse: parseQuery },
});
const explain = async (body: object): Promise<SetExplanation> =>
  (await callRoute(routes, "POST /telemetry/traces/explain", { body })) as SetExplanation;

const first = Array.from({ length: 10 }, (_, at) => idOf(at));
const others = Array.from({ length: 30 }, (_, at) => idOf(at + 10));
const roots = { q: "kind:server" };

describe("what sets one side apart from another", () => {
  it("is told of traces by their ids beside the rest of a query", async () => {
    const answer = await explain({ ...roots, set: { traces: first } });
    expect([answer.inSize, answer.restSize, answer.enough]).toEqual([10, 30, true]);
    expect(answer.explanations[0]).toMatchObject({
      attribute: "tenant",
      value: "big",
      inShare: 1,
      restShare: 0,
      significant: true,
    });
    expect(answer.explanations.filter(({ significant }) => significant)).toHaveLength(1);
  });

  it("is told of traces beside traces, and reads those whatever the range", async () => {
    const past = { fromMs: epochMs - 7_200_000, toMs: epochMs - 3_600_000 };
    const answer = await explain({ ...past, set: { traces: first }, rest: { traces: others } });
    expect([answer.inSize, answer.restSize]).toEqual([20, 60]);
    expect(answer.explanations[0]).toMatchObject({ attribute: "tenant", value: "big" });
  });

  it("is told of a search beside traces, each search within a time of its own", async () => {
    const answer = await explain({
      ...roots,
      set: { q: "tenant:big", fromMs: epochMs, toMs: epochMs + 5_000 },
      rest: { traces: others },
    });
    expect([answer.inSize, answer.restSize]).toEqual([5, 30]);
    // What was searched for is no explanation of what was found.
    expect(answer.explanations.map(({ attribute }) => attribute)).not.toContain("tenant");
  });

  it("is told of two searches; what both find counts for the set alone", async () => {
    const answer = await explain({
      ...roots,
      set: { q: "status:error" },
      rest: { q: "tenant:big" },
    });
    expect([answer.inSize, answer.restSize]).toEqual([10, 7]);
  });

  it("takes spans from all over a side that is too large", async () => {
    const answer = await explain({ set: { traces: first }, rest: { traces: others }, sample: 20 });
    expect([answer.inSize, answer.restSize]).toEqual([20, 20]);
    const traces = await explain({
      ...roots,
      set: { traces: [...others].reverse() },
      rest: { traces: first },
      sample: 20,
    });
    expect(traces.inSize).toBe(20);
  });

  it("is refused without a set, with two ways of saying it, and past its limits", async () => {
    await expect(explain({})).rejects.toThrow(/which spans/);
    await expect(explain({ failed: true, set: { traces: first } })).rejects.toThrow(/which spans/);
    await expect(explain({ failed: true, rest: { traces: first } })).rejects.toThrow(/give set/);
    const invalid = { code: "MOR_INVALID" };
    await expect(explain({ set: { traces: [] } })).rejects.toMatchObject(invalid);
    await expect(explain({ set: { traces: ["x"] } })).rejects.toMatchObject(invalid);
    const many = Array.from({ length: 101 }, (_, at) => idOf(at));
    await expect(explain({ set: { traces: many } })).rejects.toMatchObject(invalid);
    await expect(explain({ set: { traces: [idOf(999)] } })).rejects.toMatchObject({
      code: "MOR_NOT_FOUND",
    });
  });
});

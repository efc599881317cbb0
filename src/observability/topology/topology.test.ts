import { describe, expect, it } from "vitest";
import type { Graph } from "../../core/graph.ts";
import type { Range } from "../signals/store.ts";
import { memoryReader } from "../testing/memory-reader.ts";
import { epochNs, span } from "../testing/spans.ts";
import { blastRadius } from "./blast.ts";
import { diffMaps } from "./diff.ts";
import { edgesOf } from "./edges.ts";
import { buildMap, readMap } from "./map.ts";

const minute: Range = { fromNs: epochNs, toNs: epochNs + 60_000_000_000n };

/** gateway -> orders -> table, queue -> payments -> third party. */
const order = (trace: string, atMs = 0, failed = false) => {
  const traceId = trace.padStart(32, "0");
  const at = { traceId, atMs };
  return [
    span({ ...at, id: "1", service: "gateway", kind: 2, ms: 100 }),
    span({
      ...at,
      id: "2",
      parent: "1",
      service: "gateway",
      kind: 3,
      ms: 90,
      attributes: { "server.address": "orders.internal" },
    }),
    span({
      ...at,
      id: "3",
      parent: "2",
      service: "orders",
      kind: 2,
      ms: 80,
      status: failed ? 2 : 0,
    }),
    span({
      ...at,
      id: "4",
      parent: "3",
      service: "orders",
      kind: 3,
      ms: 5,
      attributes: { "morning.resource": "table/orders", "db.system.name": "sqlite" },
    }),
    span({
      ...at,
      id: "5",
      parent: "3",
      service: "orders",
      kind: 4,
      ms: 2,
      attributes: { "messaging.system": "sqs", "messaging.destination.name": "payments" },
    }),
    span({
      ...at,
      id: "6",
      parent: "5",
      service: "payments",
      kind: 5,
      ms: 50,
      attributes: { "messaging.destination.name": "payments" },
    }),
    span({
      ...at,
      id: "7",
      parent: "6",
      service: "payments",
      kind: 3,
      ms: 40,
      attributes: { "server.address": "pay.example", "server.port": 8443 },
    }),
    span({
      ...at,
      id: "8",
      parent: "6",
      service: "payments",
      kind: 3,
      ms: 9,
      attributes: { "gen_ai.request.model": "m1", "gen_ai.provider.name": "p" },
    }),
  ];
};

const graph: Graph = {
  nodes: [
    "service/gateway",
    "service/orders",
    "service/payments",
    "table/orders",
    "queue/payments",
    "queue/unused",
  ].map((id) => ({ id, kind: id.split("/")[0] as string, name: id.split("/")[1] as string })),
  edges: [
    { from: "service/gateway", to: "service/orders", verb: "call" },
    { from: "service/orders", to: "queue/payments", verb: "send" },
    { from: "queue/payments", to: "service/payments", verb: "consume" },
    { from: "service/orders", to: "queue/unused", verb: "send" },
    { from: "queue/payments", to: "queue/unused", verb: "needs" },
  ],
};

describe("edges of spans", () => {
  it("lead from service to service, queue, table, model and third party", () => {
    const edges = edgesOf(order("a"));
    expect(
      edges.map(({ from, to, type, calls }) => `${from} ${to} ${type} ${calls}`).sort(),
    ).toEqual([
      "client/outside service/gateway http 1",
      "queue/payments service/payments messaging 1",
      "service/gateway service/orders http 1",
      "service/orders queue/payments messaging 1",
      "service/orders table/orders db 1",
      "service/payments external/pay.example:8443 http 1",
      "service/payments model/p:m1 model 1",
    ]);
  });

  it("count what sampling left out, and wait as long as the caller did", () => {
    const spans = order("a", 0, true).map((one) => ({ ...one, weight: 10 }));
    const edge = edgesOf(spans).find(({ to }) => to === "service/orders");
    expect(edge).toMatchObject({ calls: 10, errors: 10 });
    expect(Math.abs((edge?.p95Ms ?? 0) - 90)).toBeLessThan(1);
  });

  it("keep a client's own word where the other end sent no span", () => {
    const edges = edgesOf(order("a").filter(({ spanId }) => !spanId.endsWith("3")));
    expect(edges.map(({ to }) => to)).toContain("external/orders.internal");
  });

  it("count only what began within the range", () => {
    expect(edgesOf(order("a", 90_000), minute)).toEqual([]);
  });
});

describe("the map", () => {
  it("says which edges nobody declared and which nobody used", async () => {
    const map = await readMap(memoryReader({ spans: order("a") }), graph, minute);
    const states = Object.fromEntries(
      map.edges.map(({ from, to, state }) => [`${from} ${to}`, state]),
    );
    expect(states).toEqual({
      "client/outside service/gateway": "outside",
      "queue/payments service/payments": "declared",
      "service/gateway service/orders": "declared",
      "service/orders queue/payments": "declared",
      "service/orders table/orders": "undeclared",
      "service/orders queue/unused": "unused",
      "service/payments external/pay.example:8443": "outside",
      "service/payments model/p:m1": "outside",
    });
    expect(map.nodes.find(({ id }) => id === "queue/unused")?.health).toBe("idle");
  });

  it("knows that what is read is asked for by its reader", async () => {
    const reads = { from: "table/orders", to: "service/orders", verb: "read" };
    const read = { ...graph, edges: [...graph.edges, reads] };
    const map = await readMap(memoryReader({ spans: order("a") }), read, minute);
    const edge = map.edges.filter(({ to, from }) => [to, from].includes("table/orders"));
    expect(edge).toMatchObject([{ from: "service/orders", state: "declared", verbs: ["read"] }]);
  });

  it("knows a queue by its ARN, and an event behind a destination", () => {
    const arn = "queue/arn:aws:sqs:eu-west-1:1:payments";
    const edges = [
      {
        from: "service/orders",
        to: arn,
        type: "messaging",
        calls: 1,
        errors: 0,
        p50Ms: 1,
        p95Ms: 1,
        p99Ms: 1,
      },
    ];
    expect(buildMap(edges, graph, minute).edges[0]).toMatchObject({
      to: "queue/payments",
      state: "declared",
    });
  });

  it("tells ill health from the share of errors, and only from enough calls", () => {
    const spans = Array.from({ length: 30 }, (_, i) =>
      order(i.toString(16), i, i % 10 === 0),
    ).flat();
    const healthIn = (list: typeof spans) =>
      buildMap(edgesOf(list), graph, minute).nodes.find(({ id }) => id === "service/orders")
        ?.health;
    expect(healthIn(spans)).toBe("failing");
    expect(healthIn(order("0", 0, true))).toBe("unknown");
  });

  it("folds third parties past the limit into one node", () => {
    const edges = Array.from({ length: 30 }, (_, i) => ({
      from: "service/orders",
      to: `external/h${i}`,
      type: "http",
      calls: i + 1,
      errors: 0,
      p50Ms: 1,
      p95Ms: 1,
      p99Ms: 1,
    }));
    const map = buildMap(edges, graph, minute, { externalsMax: 10 });
    expect(map.nodesFolded).toBe(20);
    expect(map.edges.find(({ to }) => to === "external/others")?.calls).toBe((20 * 21) / 2);
  });
});

describe("blast radius", () => {
  it("follows the traffic both ways, and says where work waits", () => {
    const direct = span({ id: "9", traceId: "f".padStart(32, "0"), service: "gateway", kind: 2 });
    const map = buildMap(edgesOf([...order("a"), direct]), graph, minute);
    const { upstream, downstream } = blastRadius(map, "service/payments");
    expect(upstream.map(({ id, share, buffered }) => [id, share, buffered])).toEqual([
      ["queue/payments", 1, true],
      ["service/orders", 1, true],
      ["service/gateway", 0.5, true],
      ["client/outside", 0.5, true],
    ]);
    expect(downstream.map(({ id }) => id)).toEqual(["external/pay.example:8443", "model/p:m1"]);
    expect(() => blastRadius(map, "service/none")).toThrow(/service\/none/);
  });
});

describe("two ranges", () => {
  it("differ in edges that came or went and in errors beyond chance", () => {
    const day = Array.from({ length: 60 }, (_, i) => order(i.toString(16), i)).flat();
    const bad = Array.from({ length: 60 }, (_, i) => order(i.toString(16), i, i % 3 === 0)).flat();
    const without = bad.filter(({ spanId }) => !spanId.endsWith("8"));
    const diff = diffMaps(
      buildMap(edgesOf(day), graph, minute),
      buildMap(edgesOf(without), graph, minute),
    );
    const by = (to: string) => diff.edges.find((edge) => edge.to === to);
    expect(by("model/p:m1")?.change).toBe("gone");
    expect(by("service/orders")).toMatchObject({ change: "changed", errorsDiffer: true });
    expect(by("table/orders")?.change).toBe("same");
    expect(diff.nodes.find(({ id }) => id === "model/p:m1")?.change).toBe("gone");
  });
});

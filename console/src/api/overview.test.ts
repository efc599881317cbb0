import { describe, expect, it } from "vitest";
import { readOverview } from "./overview.ts";

const node = { id: "queue/mail", kind: "queue", name: "mail", health: "ok", ratePerSecond: 2 };

describe("reading an overview", () => {
  it("keeps what is well formed and leaves absent figures absent", () => {
    const read = readOverview({ app: "shop", health: "ok", nodes: [{ ...node, depth: 0 }] });
    expect(read.nodes[0]).toEqual({ ...node, errorRate: 0, depth: 0 });
    expect(read.nodes[0]).not.toHaveProperty("p95Ms");
  });

  it("drops edges to nodes that are not there", () => {
    const edges = [
      { from: "queue/mail", to: "queue/mail", verb: "redrive" },
      { from: "queue/mail", to: "service/gone", verb: "deliver" },
    ];
    expect(readOverview({ nodes: [node], edges }).edges).toHaveLength(1);
  });

  it("keeps the first of two with the same id", () => {
    const nodes = [node, { ...node, name: "second" }];
    expect(readOverview({ nodes }).nodes.map(({ name }) => name)).toEqual(["mail"]);
  });

  it("turns numbers that are none into 0 and states that are none into unknown", () => {
    const nodes = [
      { ...node, ratePerSecond: "many", errorRate: null, depth: "x", health: "great" },
    ];
    expect(readOverview({ nodes }).nodes[0]).toEqual({
      id: "queue/mail",
      kind: "queue",
      name: "mail",
      health: "unknown",
      ratePerSecond: 0,
      errorRate: 0,
    });
  });

  it("stands lists that are missing or hold rubbish", () => {
    const read = readOverview({ nodes: "none", recent: [null, 7, { id: "a" }], history: {} });
    expect(read.nodes).toEqual([]);
    expect(read.recent.map(({ id }) => id)).toEqual(["a"]);
    expect(read.history).toEqual([]);
  });

  it("refuses what is no object", () => {
    expect(() => readOverview("<html>")).toThrow(TypeError);
    expect(() => readOverview(null)).toThrow(TypeError);
  });
});

import { describe, expect, it } from "vitest";
import type { Link, Part } from "../../api/overview.ts";
import { cardHeight, cardWidth, layout, levelPath, linkId, topologyKey } from "./layout.ts";

const part = (id: string): Part => ({
  id,
  kind: id.split("/")[0]!,
  name: id.split("/")[1]!,
  health: "ok",
  ratePerSecond: 1,
  errorRate: 0,
});
const link = (from: string, to: string, verb = "send"): Link => ({
  from,
  to,
  verb,
  ratePerSecond: 1,
  errorRate: 0,
});

const parts = ["service/gateway", "service/orders", "queue/stock", "service/catalog"].map(part);
const links = [
  link("service/gateway", "service/orders", "call"),
  link("service/orders", "queue/stock"),
  link("queue/stock", "service/catalog", "deliver"),
];

describe("the layout of the map", () => {
  it("puts what comes later further right", () => {
    const { places } = layout(parts, links);
    const xs = parts.map(({ id }) => places.get(id)!.x);
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    expect(new Set(xs).size).toBe(4);
  });

  it("lays no card over another", () => {
    const many = Array.from({ length: 60 }, (_, index) => part(`queue/q${index}`));
    const spread = many.map(({ id }, index) => link("service/gateway", id, `v${index % 3}`));
    const places = [...layout([...parts, ...many], spread).places.values()];
    for (const [index, a] of places.entries()) {
      for (const b of places.slice(index + 1)) {
        const apart = Math.abs(a.x - b.x) >= cardWidth || Math.abs(a.y - b.y) >= cardHeight;
        expect(apart).toBe(true);
      }
    }
  });

  it("counts steps from where traffic enters, so that a way back adds no layer", () => {
    const more = [...parts, part("event/sold"), part("schedule/nightly")];
    const { places, width } = layout(more, [
      ...links,
      link("service/gateway", "service/catalog", "call"),
      link("service/catalog", "event/sold", "publish"),
      link("event/sold", "service/orders", "deliver"),
      link("schedule/nightly", "service/catalog", "trigger"),
    ]);
    const xs = new Set([...places.values()].map(({ x }) => x));
    expect(xs.size).toBe(3);
    expect(width).toBeLessThan(cardWidth * 5);
  });

  it("is the same whatever the order of its input", () => {
    const turned = layout(parts.toReversed(), links.toReversed());
    expect(turned.places).toEqual(
      new Map([...layout(parts, links).places].sort(([a], [b]) => (a < b ? -1 : 1))),
    );
  });

  it("draws a line for each link: in cycles, doubled and back to itself", () => {
    const knots = [
      ...links,
      link("service/catalog", "service/gateway"),
      link("service/gateway", "service/orders", "second"),
      link("queue/stock", "queue/stock", "redrive"),
    ];
    const { paths } = layout(parts, knots);
    for (const one of knots) expect(paths.get(linkId(one))).toMatch(/^M[-\d.,]+ C[-\d., C]+$/);
  });

  it("stands ids of any text", () => {
    const odd = [part("queue/__proto__"), part("queue/constructor"), part("event/<b>\u202E")];
    const { places } = layout(odd, [link("queue/__proto__", "queue/constructor")]);
    expect(places.size).toBe(3);
  });

  it("keeps its key while only figures change", () => {
    const busier = parts.map((one) => ({ ...one, ratePerSecond: 99 }));
    expect(topologyKey(busier, links)).toBe(topologyKey(parts.toReversed(), links));
    expect(topologyKey(parts, links.slice(1))).not.toBe(topologyKey(parts, links));
  });

  it("leaves and enters level", () => {
    expect(
      levelPath([
        { x: 0, y: 0 },
        { x: 10, y: 20 },
      ]),
    ).toBe("M0,0 C5,0 5,20 10,20");
    expect(levelPath([])).toBe("");
  });
});

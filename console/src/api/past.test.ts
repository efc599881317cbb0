import { describe, expect, it } from "vitest";
import { readOverview, type Overview } from "./overview.ts";
import { noPast, remember } from "./past.ts";

const overview = (rate: number, ids: readonly string[]): Overview =>
  readOverview({
    nodes: [{ id: "queue/mail", kind: "queue", name: "mail", ratePerSecond: rate }],
    counters: [{ key: "events", label: "events", total: 1, ratePerSecond: rate }],
    recent: ids.map((id) => ({ id, type: "order.placed" })),
  });

describe("what the page remembers", () => {
  it("is the rate of each part and counter, the oldest first", () => {
    const past = remember(remember(noPast, overview(1, [])), overview(2, []));
    expect(past.rates.get("queue/mail")).toEqual([1, 2]);
    expect(past.rates.get("counter:events")).toEqual([1, 2]);
  });

  it("has each event once, the newest first", () => {
    const past = remember(remember(noPast, overview(1, ["b", "a"])), overview(1, ["d", "c", "b"]));
    expect(past.happenings.map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
  });

  it("is bounded", () => {
    let past = noPast;
    for (let second = 0; second < 500; second++) past = remember(past, overview(1, [`${second}`]));
    expect(past.rates.get("queue/mail")).toHaveLength(120);
    expect(past.happenings).toHaveLength(500);
    expect(past.happenings[0]?.id).toBe("499");
  });

  it("forgets parts that are gone", () => {
    const past = remember(remember(noPast, overview(1, [])), readOverview({}));
    expect(past.rates.size).toBe(0);
  });
});

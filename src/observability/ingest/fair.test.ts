import { describe, expect, it } from "vitest";
import { Budget, FairQueue } from "./fair.ts";

const item = (client: string, bytes: number, name = "") => ({ client, bytes, name });

describe("the fair queue", () => {
  it("serves clients in turn by bytes, whoever sends more", () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (let index = 0; index < 1_000; index++) queue.push(item("hog", 64 * 1024));
    for (let index = 0; index < 10; index++) queue.push(item("light", 64 * 1024));
    const served = Array.from({ length: 21 }, () => queue.next()?.client);
    expect(served.filter((client) => client === "light")).toHaveLength(10);
    expect(queue.length).toBe(989);
  });

  it("counts bytes, not things", () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (let index = 0; index < 100; index++) queue.push(item("large", 1024 * 1024));
    for (let index = 0; index < 6_400; index++) queue.push(item("small", 16 * 1024));
    const bytes = { large: 0, small: 0 };
    while (bytes.large + bytes.small < 60 * 1024 * 1024) {
      const next = queue.next();
      if (next === undefined) break;
      bytes[next.client as keyof typeof bytes] += next.bytes;
    }
    expect(bytes.small / bytes.large).toBeGreaterThan(0.9);
    expect(bytes.small / bytes.large).toBeLessThan(1.1);
  });

  it("keeps the order of each client, and gives everything out", () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (let index = 0; index < 5_000; index++) {
      queue.push(item(`c${index % 3}`, (index * 7919) % 200_000, String(index)));
    }
    const seen = new Map<string, number>();
    let count = 0;
    for (let next = queue.next(); next !== undefined; next = queue.next(), count++) {
      const number = Number(next.name);
      expect(number).toBeGreaterThan(seen.get(next.client) ?? -1);
      seen.set(next.client, number);
    }
    expect([count, queue.length, queue.clients]).toEqual([5_000, 0, 0]);
  });

  it("lets go of what has waited too long", () => {
    const queue = new FairQueue<ReturnType<typeof item>>();
    for (let index = 0; index < 10; index++) queue.push(item(`c${index % 2}`, 1, String(index)));
    expect(queue.sweep(({ client }) => client === "c0")).toHaveLength(5);
    expect([queue.length, queue.clients, queue.next()?.name]).toEqual([5, 1, "1"]);
  });
});

describe("the budget", () => {
  it("gives one client half, two a third each, and always has room for another", () => {
    const budget = new Budget(1_200);
    const fill = (client: string): number => {
      while (budget.fits(client, 1)) budget.take(client, 1);
      return budget.of(client);
    };
    expect(fill("a")).toBe(600);
    expect(fill("b")).toBe(300);
    expect(budget.fits("c", 100)).toBe(true);
    budget.give("a", 600);
    expect(budget.of("a")).toBe(0);
    expect(budget.used).toBe(300);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Host } from "../../core/host.ts";
import type { Held } from "../../core/resource.ts";
import { cache } from "./cache.ts";
import type { CacheDriver } from "./driver.ts";
import { openCaches } from "./runtime.ts";

const sessions = cache("sessions", { value: z.object({ user: z.string() }), ttlMs: 60_000 });
const counts = cache("counts", { value: z.number() });
const uses = { sessions: sessions.readWriter(), counts: counts.readWriter() };

/** What a contract needs of its engine. */
export interface CacheUnderTest {
  readonly host: Host;
  readonly driver: CacheDriver;
  /** Lets time go by on the engine's clock. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What every cache driver must do on its engine. */
export function cacheContract(
  name: string,
  open: () => Promise<CacheUnderTest>,
  skip = false,
): void {
  describe.skipIf(skip)(name, () => {
    let opened: CacheUnderTest;
    let held: Held<typeof uses>;

    beforeAll(async () => {
      opened = await open();
      const runtime = await openCaches(opened.host, opened.driver, [sessions, counts]);
      const holder = { service: "suite" };
      held = {
        sessions: runtime.hold(uses.sessions, holder),
        counts: runtime.hold(uses.counts, holder),
      } as Held<typeof uses>;
    });
    afterAll(() => opened.close());

    test("what is put is read until it is replaced or deleted", async () => {
      await held.sessions.put("s-1", { user: "文字 \u0000 '" });
      expect(await held.sessions.get("s-1")).toEqual({ user: "文字 \u0000 '" });
      await held.sessions.put("s-1", { user: "b" });
      expect(await held.sessions.getMany(["none", "s-1", "s-1"])).toEqual([
        undefined,
        { user: "b" },
        { user: "b" },
      ]);
      expect(await held.sessions.delete("s-1")).toBe(true);
      expect(await held.sessions.delete("s-1")).toBe(false);
      expect(await held.sessions.get("s-1")).toBe(undefined);
      expect(await held.sessions.getMany([])).toEqual([]);
    });

    test("caches do not see each other's keys", async () => {
      await held.sessions.put("same", { user: "a" });
      await held.counts.put("same", 7);
      expect(await held.sessions.get("same")).toEqual({ user: "a" });
      expect(await held.counts.get("same")).toBe(7);
    });

    test("a value is gone after its time to live, and a new put begins it anew", async () => {
      await held.sessions.put("short", { user: "a" }, { ttlMs: 80 });
      await held.sessions.put("long", { user: "a" }, { ttlMs: 60_000 });
      expect(await held.sessions.get("short")).toEqual({ user: "a" });
      await opened.elapse(100);
      expect(await held.sessions.getMany(["short", "long"])).toEqual([undefined, { user: "a" }]);
      expect(await held.sessions.putIfAbsent("short", { user: "b" }, { ttlMs: 60_000 })).toBe(true);
      await opened.elapse(100);
      expect(await held.sessions.get("short")).toEqual({ user: "b" });
    });

    test("of many putIfAbsent at once exactly one puts", async () => {
      const puts = Array.from({ length: 30 }, (_, at) =>
        held.sessions.putIfAbsent("lock", { user: String(at) }),
      );
      const winners = (await Promise.all(puts)).flatMap((put, at) => (put ? [String(at)] : []));
      expect(winners).toHaveLength(1);
      expect(await held.sessions.get("lock")).toEqual({ user: winners[0] });
    });

    test("increments are never lost, and do not prolong a key's life", async () => {
      const adds = Array.from({ length: 50 }, () => held.counts.increment("hits"));
      expect(Math.max(...(await Promise.all(adds)))).toBe(50);
      expect(await held.counts.increment("hits", -20)).toBe(30);
      expect(await held.counts.get("hits")).toBe(30);
      await held.counts.increment("window", 1, { ttlMs: 150 });
      await opened.elapse(100);
      expect(await held.counts.increment("window", 1, { ttlMs: 60_000 })).toBe(2);
      await opened.elapse(100);
      expect(await held.counts.get("window")).toBe(undefined);
      await held.counts.put("half", 0.5);
      await expect(held.counts.increment("half")).rejects.toMatchObject({ code: "MOR_INVALID" });
      await expect(held.counts.increment("x", 0.5)).rejects.toMatchObject({ code: "MOR_INVALID" });
    });

    test("getOrPut makes a value once for all who ask, and none when making fails", async () => {
      let makings = 0;
      const make = async (): Promise<{ user: string }> => ({ user: String(++makings) });
      const asks = Array.from({ length: 10 }, () => held.sessions.getOrPut("made", make));
      expect(new Set((await Promise.all(asks)).map(({ user }) => user))).toEqual(new Set(["1"]));
      expect(await held.sessions.getOrPut("made", make)).toEqual({ user: "1" });
      const failing = held.sessions.getOrPut("failed", () => Promise.reject(new Error("no")));
      await expect(failing).rejects.toThrow("no");
      expect(await held.sessions.getOrPut("failed", make)).toEqual({ user: "2" });
    });

    test("limits and wrong values are named errors", async () => {
      for (const key of ["", "k".repeat(513), "\ud800"]) {
        const refused = { code: "MOR_CACHE_KEY" };
        await expect(held.sessions.put(key, { user: "a" })).rejects.toMatchObject(refused);
        await expect(held.sessions.get(key)).rejects.toMatchObject(refused);
      }
      for (const ttlMs of [0, -1, 1.5, 31 * 24 * 3_600_000]) {
        const put = held.sessions.put("k", { user: "a" }, { ttlMs });
        await expect(put).rejects.toMatchObject({ code: "MOR_CACHE_TTL" });
      }
      const large = held.sessions.put("k", { user: "x".repeat(2 ** 20) });
      await expect(large).rejects.toMatchObject({ code: "MOR_CACHE_VALUE_TOO_LARGE" });
      const wrong = held.sessions.put("k", { user: 1 } as never);
      await expect(wrong).rejects.toMatchObject({ code: "MOR_INVALID" });
      expect(await held.sessions.get("k")).toBe(undefined);
    });
  });
}

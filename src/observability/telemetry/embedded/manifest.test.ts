import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { Store } from "../../../core/store.ts";
import { openPostgres } from "../../../engines/postgres/store.ts";
import { openInline } from "../../../engines/sqlite/inline.ts";
import { openManifest } from "./manifest.ts";
import type { SealedSegment } from "./segment.ts";

const url = process.env["MORNING_TEST_POSTGRES_URL"];
const schema = `telemetry-manifest-${process.pid}`;
afterAll(async () => {
  if (url === undefined) return;
  const client = new Client(url);
  await client.connect();
  await client.query(`drop schema if exists "${schema}" cascade`);
  await client.end();
});

const segmentOf = (id: string): SealedSegment => ({
  id,
  signal: "logs",
  level: 0,
  rows: 7,
  // Beyond what a number holds exactly.
  fromNs: 1_767_225_600_000_000_001n,
  toNs: 1_767_225_600_000_000_003n,
  columns: ["http.route"],
  types: ["s"],
  mixed: [],
  rest: ["q'uote"],
  services: ["orders"],
  sizes: { data: 100, index: 5 },
  sealedAtMs: 1_767_225_600_000,
});

function manifestContract(name: string, open: () => Promise<Store>, skip: boolean): void {
  describe.skipIf(skip)(name, () => {
    it("lists what commits, all or nothing, under the lease of one writer", async () => {
      const store = await open();
      const manifest = await openManifest(store);
      const epoch = await manifest.acquire("a", 1000, 500);
      await manifest.commit(epoch, {
        add: [segmentOf("s1"), segmentOf("s2")],
        remove: [],
        log: { id: "log-a", sealed: 3 },
      });
      expect(await manifest.segments()).toEqual([segmentOf("s1"), segmentOf("s2")]);
      expect(await manifest.sealed("log-a")).toBe(3);
      expect(await manifest.sealed("log-b")).toBe(0);
      // Removing what another commit removed undoes the whole change.
      const again = { add: [segmentOf("s3")], remove: ["s1", "gone"] };
      await expect(manifest.commit(epoch, again)).rejects.toMatchObject({ code: "MOR_CONFLICT" });
      expect(await manifest.segments()).toHaveLength(2);
      await manifest.commit(epoch, { ...again, remove: ["s1"] });
      expect((await manifest.segments()).map(({ id }) => id)).toEqual(["s2", "s3"]);

      await expect(manifest.acquire("b", 1400, 500)).rejects.toMatchObject({
        code: "MOR_TELEMETRY_OWNED",
        message: expect.stringContaining("a holds"),
        details: { retryAfterMs: 100 },
      });
      await manifest.renew(epoch, 2000);
      await expect(manifest.acquire("b", 1600, 500)).rejects.toMatchObject({
        code: "MOR_TELEMETRY_OWNED",
      });
      expect(await manifest.acquire("b", 2001, 500)).toBe(epoch + 1);
      const fenced = { code: "MOR_TELEMETRY_FENCED" };
      await expect(manifest.renew(epoch, 9000)).rejects.toMatchObject(fenced);
      const late = { add: [segmentOf("s4")], remove: [], log: { id: "log-a", sealed: 9 } };
      await expect(manifest.commit(epoch, late)).rejects.toMatchObject(fenced);
      expect(await manifest.sealed("log-a")).toBe(3);
      // What is released by the old holder stays with the new one.
      await manifest.release(epoch);
      await expect(manifest.acquire("c", 2100, 500)).rejects.toMatchObject({
        code: "MOR_TELEMETRY_OWNED",
      });
      await manifest.release(epoch + 1);
      expect(await manifest.acquire("c", 2100, 500)).toBe(epoch + 2);
      await store.close();
    });
  });
}

manifestContract("manifest on sqlite", async () => openInline({ clock: systemClock }), false);
manifestContract(
  "manifest on postgres [needs MORNING_TEST_POSTGRES_URL]",
  () => openPostgres({ url: url ?? "", schema, clock: systemClock }),
  url === undefined,
);

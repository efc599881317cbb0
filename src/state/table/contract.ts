import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Host } from "../../core/host.ts";
import type { Held } from "../../core/resource.ts";
import type { TableDriver } from "./driver.ts";
import { openTables } from "./runtime.ts";
import { table } from "./table.ts";

const Order = z.object({
  id: z.string(),
  status: z.string().optional(),
  total: z.number().default(0),
  paid: z.boolean().optional(),
  lines: z.array(z.object({ sku: z.string() })).default([]),
  note: z.string().optional(),
});

const orders = table("orders", {
  row: Order,
  key: "id",
  indexes: { byStatus: ["status", "total"], byTotal: ["total"], byPaid: ["paid"] },
});

const seats = table("seats", {
  row: z.object({ hall: z.string(), row: z.number().int(), seat: z.string(), taken: z.boolean() }),
  key: ["hall", "row", "seat"],
});

const uses = { orders: orders.readWriter(), seats: seats.readWriter() };

/** A list by the index of status and total. */
interface Asked {
  readonly limit: number;
  readonly order: "asc" | "desc";
  readonly status: string | undefined;
  readonly low: number | undefined;
}

type Listed = { id: string; status?: string | undefined; total: number };

/** What a list must answer, the slow way: ids of the rows that fit, in order. */
function plainList(rows: readonly Listed[], { order, status, low }: Asked): string[] {
  const sign = order === "asc" ? 1 : -1;
  const fits = (row: Listed): boolean =>
    status === undefined ||
    ((row.status ?? "") === status && (low === undefined || row.total >= low));
  const byText = (a = "", b = ""): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return rows
    .filter(fits)
    .toSorted((a, b) => {
      const difference = byText(a.status, b.status) || a.total - b.total || byText(a.id, b.id);
      return sign * difference;
    })
    .map(({ id }) => id);
}

/** What every table driver must do on its engine. */
export function tableContract(
  name: string,
  open: () => Promise<{ host: Host; driver: TableDriver; close(): Promise<void> }>,
  skip = false,
): void {
  describe.skipIf(skip)(name, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let held: Held<typeof uses>;
    const putAll = (...ids: string[]): Promise<unknown> =>
      Promise.all(ids.map((id) => held.orders.put({ id })));
    const idsOf = async (options: Parameters<typeof held.orders.list>[0]): Promise<string[]> =>
      (await held.orders.list(options)).rows.map(({ id }) => id);
    const clear = async (): Promise<void> => {
      const { rows } = await held.orders.list({ limit: 1000 });
      await Promise.all(rows.map(({ id }) => held.orders.delete(id)));
    };

    const everyPage = async ({ limit, order, status, low }: Asked): Promise<string[]> => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await held.orders.list({
          index: "byStatus",
          limit,
          order,
          ...(status === undefined ? {} : { where: { status } }),
          ...(status === undefined || low === undefined ? {} : { range: { gte: low } }),
          ...(cursor === undefined ? {} : { cursor }),
        });
        found.push(...page.rows.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found;
    };

    beforeAll(async () => {
      opened = await open();
      const { host, driver } = opened;
      const runtime = await openTables(host, driver, [orders, seats]);
      const holder = { service: "suite" };
      held = {
        orders: runtime.hold(uses.orders, holder),
        seats: runtime.hold(uses.seats, holder),
      } as Held<typeof uses>;
    });
    afterAll(() => opened.close());

    test("what is put is read as the schema made it, with a version that grows", async () => {
      const row = { id: "o-1", status: "文字 '\"\\", lines: [{ sku: "a" }] };
      expect(await held.orders.put(row)).toEqual({ ...row, total: 0 });
      expect(await held.orders.get("o-1")).toEqual({ ...row, total: 0 });
      expect((await held.orders.getEntry("o-1"))?.version).toBe(1);
      await held.orders.put({ id: "o-1", total: 1.25 });
      const entry = await held.orders.getEntry("o-1");
      expect(entry).toMatchObject({ version: 2, row: { id: "o-1", total: 1.25, lines: [] } });
      expect(entry?.updatedAtMs).toBeGreaterThan(0);
      expect(await held.orders.get("o-2")).toBe(undefined);
      const many = await held.orders.getMany(["o-2", "o-1", "o-1"]);
      expect(many.map((one) => one?.id)).toEqual([undefined, "o-1", "o-1"]);
    });

    test("its size is told: rows counted, bytes where the engine knows them", async () => {
      const { driver } = opened;
      const before = await driver.size("seats");
      const seat = { hall: "size", row: 1, seat: "a", taken: false };
      await held.seats.put(seat);
      const after = await driver.size("seats");
      expect(after.rows).toBe(before.rows + 1);
      if (after.bytes !== null) expect(after.bytes).toBeGreaterThan(0);
      expect(await held.seats.delete({ hall: "size", row: 1, seat: "a" })).toBe(true);
      expect(await driver.size("seats")).toMatchObject({ rows: before.rows });
      await expect(driver.size("none")).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
    });

    test("a row that the schema refuses is not written, and the error names the path", async () => {
      const bad = { id: "bad", total: "much" } as never;
      await expect(held.orders.put(bad)).rejects.toMatchObject({
        code: "MOR_INVALID",
        details: { rejections: [{ path: "total" }] },
      });
      expect(await held.orders.get("bad")).toBe(undefined);
    });

    test("an insert of a key that is there is a conflict", async () => {
      await held.orders.delete("o-3");
      await held.orders.insert({ id: "o-3", total: 1 });
      await expect(held.orders.insert({ id: "o-3", total: 2 })).rejects.toMatchObject({
        code: "MOR_CONFLICT",
        message: expect.stringContaining("table orders"),
      });
      expect((await held.orders.get("o-3"))?.total).toBe(1);
    });

    test("a change with a version that is not there any more is a conflict", async () => {
      await held.orders.delete("o-4");
      await held.orders.put({ id: "o-4", total: 1 });
      await held.orders.put({ id: "o-4", total: 2 }, { version: 1 });
      const stale = { version: 1 };
      const conflict = { code: "MOR_CONFLICT" };
      await expect(held.orders.put({ id: "o-4" }, stale)).rejects.toMatchObject(conflict);
      await expect(held.orders.update("o-4", {}, stale)).rejects.toMatchObject(conflict);
      await expect(held.orders.delete("o-4", stale)).rejects.toMatchObject(conflict);
      expect((await held.orders.get("o-4"))?.total).toBe(2);
      expect(await held.orders.delete("o-4", { version: 2 })).toBe(true);
      expect(await held.orders.delete("o-4")).toBe(false);
    });

    test("an update changes its fields alone, and none is lost among many at once", async () => {
      await held.orders.put({ id: "o-5", status: "new", total: 0 });
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          const entry = await held.orders.getEntry("o-5");
          await held.orders.update("o-5", { total: (entry?.row.total ?? 0) + 1 });
        }),
      );
      const entry = await held.orders.getEntry("o-5");
      expect(entry).toMatchObject({ version: 6, row: { status: "new" } });
      await expect(held.orders.update("nobody", {})).rejects.toMatchObject({
        code: "MOR_NOT_FOUND",
      });
      await expect(held.orders.update("o-5", { id: "o-6" })).rejects.toMatchObject({
        code: "MOR_TABLE_KEY",
      });
      const invalid = held.orders.update("o-5", { total: "x" as never });
      await expect(invalid).rejects.toMatchObject({ code: "MOR_INVALID" });
    });

    test("lists go by key in the order of code points, by prefix, bounds and page", async () => {
      await clear();
      await putAll("b", "a", "a-1", "a-2", "Z", "é", "文", "😀", "￿");
      const all = ["Z", "a", "a-1", "a-2", "b", "é", "文", "￿", "😀"];
      expect(await idsOf({})).toEqual(all);
      expect(await idsOf({ order: "desc" })).toEqual([...all].reverse());
      expect(await idsOf({ prefix: "a" })).toEqual(["a", "a-1", "a-2"]);
      expect(await idsOf({ range: { gt: "a", lte: "b" } })).toEqual(["a-1", "a-2", "b"]);
      expect(await idsOf({ range: { gte: "a", lt: "b" } })).toEqual(["a", "a-1", "a-2"]);
      expect(await idsOf({ where: { id: "b" } })).toEqual(["b"]);
      for (const order of ["asc", "desc"] as const) {
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const more = cursor === undefined ? {} : { cursor };
          const page = await held.orders.list({ order, limit: 2, ...more });
          found.push(...page.rows.map(({ id }) => id));
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect(found).toEqual(order === "asc" ? all : [...all].reverse());
      }
      expect(await held.orders.count()).toBe(9);
      expect(await held.orders.count({ prefix: "a" })).toBe(3);
    });

    test("lists go by index, with ties in the order of keys and absent values first", async () => {
      await clear();
      await Promise.all([
        held.orders.put({ id: "1", status: "paid", total: 10 }),
        held.orders.put({ id: "2", status: "paid", total: 9 }),
        held.orders.put({ id: "3", status: "new", total: -5.5, paid: true }),
        held.orders.put({ id: "4", total: 10, paid: false }),
        held.orders.put({ id: "5", status: "paid", total: 10, paid: true }),
      ]);
      const { orders: shop } = held;
      expect(await idsOf({ index: "byStatus" })).toEqual(["4", "3", "2", "1", "5"]);
      const paid = { index: "byStatus", where: { status: "paid" } } as const;
      expect(await idsOf(paid)).toEqual(["2", "1", "5"]);
      expect(await idsOf({ ...paid, order: "desc" })).toEqual(["5", "1", "2"]);
      expect(await idsOf({ ...paid, range: { gte: 10 } })).toEqual(["1", "5"]);
      expect(await idsOf({ index: "byStatus", prefix: "p" })).toEqual(["2", "1", "5"]);
      expect(await idsOf({ index: "byTotal", range: { lt: 10 } })).toEqual(["3", "2"]);
      expect(await idsOf({ index: "byPaid", where: { paid: true } })).toEqual(["3", "5"]);
      expect(await shop.count(paid)).toBe(3);
      const first = await shop.list({ ...paid, limit: 2 });
      expect(first.rows.map(({ id }) => id)).toEqual(["2", "1"]);
      const { cursor = "" } = first;
      expect(await idsOf({ ...paid, limit: 2, cursor })).toEqual(["5"]);
      await expect(shop.list({ cursor })).rejects.toMatchObject({ code: "MOR_TABLE_CURSOR" });
      await expect(shop.list({ ...paid, cursor: "?" })).rejects.toMatchObject({
        code: "MOR_TABLE_CURSOR",
      });
    });

    test("keys of several fields are ordered field by field, integers by value", async () => {
      const { seats: hall } = held;
      const keys = [
        ["a", 2, "x"],
        ["a", 10, "x"],
        ["a", -1, "y"],
        ["a", 10, "b"],
        ["ab", 1, "x"],
      ] as const;
      await Promise.all(
        keys.map(([name, row, seat]) => hall.put({ hall: name, row, seat, taken: false })),
      );
      expect(await hall.get({ hall: "a", row: 10, seat: "b" })).toMatchObject({ seat: "b" });
      const rowsOf = async (options: Parameters<typeof hall.list>[0]): Promise<unknown[]> =>
        (await hall.list(options)).rows.map(({ row, seat }) => `${row}${seat}`);
      expect(await rowsOf({ where: { hall: "a" } })).toEqual(["-1y", "2x", "10b", "10x"]);
      expect(await rowsOf({ where: { hall: "a", row: 10 } })).toEqual(["10b", "10x"]);
      const from2 = { where: { hall: "a" }, range: { gte: 2, lt: 10 } };
      expect(await rowsOf(from2)).toEqual(["2x"]);
      expect(await hall.count({ where: { hall: "ab" } })).toBe(1);
      await expect(hall.list({ where: { seat: "x" } })).rejects.toMatchObject({
        code: "MOR_TABLE_QUERY",
      });
    });

    test("any list equals a plain filter and sort, whatever the rows and the page", async () => {
      const text = fc.constantFrom("", "a", "ab", "b", "B", "é", "文", "😀", "a b", "%", "_");
      const total = fc.constantFrom(-1e300, -2.5, -1, 0, 0.1, 1, 9, 10, 1e300);
      const row = fc.record({ status: fc.option(text, { nil: undefined }), total });
      const query = fc.record({
        limit: fc.integer({ min: 1, max: 7 }),
        order: fc.constantFrom("asc" as const, "desc" as const),
        status: fc.option(text, { nil: undefined }),
        low: fc.option(total, { nil: undefined }),
      });
      const scenario = fc.tuple(
        fc.array(row, { maxLength: 15 }),
        fc.array(query, { minLength: 1, maxLength: 3 }),
      );
      await fc.assert(
        fc.asyncProperty(scenario, async ([given, queries]) => {
          await clear();
          const rows = given.map((one, at) => ({ id: String(at).padStart(2, "0"), ...one }));
          await Promise.all(rows.map((one) => held.orders.put(one)));
          for (const asked of queries) {
            expect(await everyPage(asked)).toEqual(plainList(rows, asked));
          }
        }),
        { numRuns: 25 },
      );
    });

    test("what a list cannot answer is a named error", async () => {
      const { orders: shop } = held;
      const refused = { code: "MOR_TABLE_QUERY" };
      await expect(shop.list({ where: { total: 1 } })).rejects.toMatchObject(refused);
      const gap = { index: "byStatus", where: { total: 1 } } as const;
      await expect(shop.list(gap)).rejects.toMatchObject(refused);
      const typed = { index: "byTotal", range: { gte: "1" } } as const;
      await expect(shop.list(typed)).rejects.toMatchObject(refused);
      await expect(shop.list({ index: "none" as never })).rejects.toMatchObject(refused);
      await expect(shop.list({ limit: 1001 })).rejects.toMatchObject({
        code: "MOR_TABLE_PAGE_TOO_LARGE",
      });
    });

    test("limits of rows and keys are named errors", async () => {
      const { orders: shop } = held;
      const large = { id: "l", note: "x".repeat(2 ** 20) };
      await expect(shop.put(large)).rejects.toMatchObject({ code: "MOR_TABLE_ROW_TOO_LARGE" });
      await shop.put({ id: "l", note: "x".repeat(2 ** 20 - 100) });
      await shop.put({ id: "文".repeat(170), status: "文".repeat(660) });
      const wide = { id: "w", status: "x".repeat(2001) };
      await expect(shop.put(wide)).rejects.toMatchObject({ code: "MOR_TABLE_INDEX_TOO_LARGE" });
      for (const id of ["", "a\u0000b", "a\u0001b", "k".repeat(513)]) {
        await expect(shop.put({ id })).rejects.toMatchObject({ code: "MOR_TABLE_KEY" });
        await expect(shop.get(id)).rejects.toMatchObject({ code: "MOR_TABLE_KEY" });
      }
      const nul = { id: "n", status: "a\u0000" };
      await expect(shop.put(nul)).rejects.toMatchObject({ code: "MOR_TABLE_ROW_NOT_JSON" });
      await shop.delete("l");
    });

    test("a transaction writes to several tables as a whole, and once", async () => {
      const { orders: shop, seats: hall } = held;
      const transactions = opened.host.transactions(`contract-${opened.host.ids.uuid()}`);
      const seat = { hall: "t", row: 1, seat: "a", taken: true };
      const place = (): Promise<boolean> =>
        transactions.once("order", (tx) => {
          tx(shop).insert({ id: "t-1" });
          tx(hall).insert(seat);
        });
      expect([await place(), await place()]).toEqual([true, false]);
      const failing = transactions.transact((tx) => {
        tx(shop).delete("t-1");
        tx(shop).put({ id: "t-2" });
        tx(hall).insert(seat);
      });
      await expect(failing).rejects.toMatchObject({ code: "MOR_CONFLICT" });
      expect(await shop.get("t-1")).toMatchObject({ id: "t-1" });
      expect(await shop.get("t-2")).toBe(undefined);
      await transactions.transact((tx) => {
        tx(shop).update("t-1", { total: 5 });
        tx(hall).delete({ hall: "t", row: 1, seat: "a" });
      });
      expect(await shop.get("t-1")).toMatchObject({ total: 5 });
      expect(await hall.count({ where: { hall: "t" } })).toBe(0);
    });

    test("declaring again keeps the rows and adds indexes", async () => {
      await held.orders.put({ id: "kept", total: 77 });
      const wider = table("orders", {
        row: Order,
        key: "id",
        indexes: { byStatus: ["status", "total"], byLines: ["lines"], byTotal: ["total"] },
      });
      const runtime = await openTables(opened.host, opened.driver, [wider]);
      const reader = wider.reader();
      const again = runtime.hold(reader, { service: "suite" }) as Held<{ r: typeof reader }>["r"];
      expect(await again.get("kept")).toMatchObject({ total: 77 });
      const found = await again.list({ index: "byTotal", range: { gte: 77, lte: 77 } });
      expect(found.rows.map(({ id }) => id)).toEqual(["kept"]);
    });

    test("every flag is what the driver does", () => {
      expect(opened.driver.features).toMatchObject({ transactional: true, ordered: true });
    });
  });
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { newFiles, newRows } from "./looks.ts";

interface Row {
  readonly id: string;
  readonly atMs: number;
}

/** A folder and a table, as looks read them. */
function world() {
  const files = new Map<string, number>();
  const rows: Row[] = [];
  const inbox = {
    list: ({ prefix = "", cursor = "", limit = 0 } = {}) => {
      const keys = [...files.keys()].filter((key) => key.startsWith(prefix) && key > cursor);
      const page = keys.toSorted().slice(0, limit);
      const blobs = page.map((key) => ({
        key,
        size: 1,
        etag: "",
        updatedAtMs: files.get(key) ?? 0,
      }));
      const more = page.length === limit ? { cursor: page.at(-1) ?? "" } : {};
      return Promise.resolve({ blobs, ...more });
    },
  };
  const table = {
    list: ({
      range,
      limit,
    }: {
      readonly range: { readonly gte: number };
      readonly limit: number;
    }) => {
      const found = rows.filter(({ atMs }) => atMs >= range.gte);
      return Promise.resolve({ rows: found.toSorted((a, b) => a.atMs - b.atMs).slice(0, limit) });
    },
  };
  return { files, rows, held: { inbox, table } };
}

type Held = ReturnType<typeof world>["held"];
const lookAtFiles = newFiles(({ inbox }: Held) => inbox, { prefix: "in/" });
const lookAtRows = newRows(({ table }: Held) => table, {
  index: "byTime",
  atMs: ({ atMs }: Row) => atMs,
  id: ({ id }: Row) => id,
});

test("files below the prefix are found once, and again when they change", async () => {
  const { files, held } = world();
  for (let n = 0; n < 600; n++) files.set(`in/${n}`, 5);
  files.set("out/1", 9);
  const first = await lookAtFiles(held, undefined);
  expect(first.starts).toHaveLength(600);
  files.set("in/late", 5);
  files.set("in/7", 8);
  const { starts, cursor } = await lookAtFiles(held, first.cursor);
  expect(starts.map(({ id }) => id).toSorted()).toEqual(["in/7@8", "in/late@5"].toSorted());
  expect((await lookAtFiles(held, cursor)).starts).toEqual([]);
});

test("a folder with more files than a look takes says so; a long key is no longer id", async () => {
  const { files, held } = world();
  files.set(`in/${"x".repeat(900)}`, 1);
  const { starts } = await lookAtFiles(held, undefined);
  expect(starts[0]?.id.length).toBeLessThan(120);
  for (let n = 0; n < 10_001; n++) files.set(`in/${n}`, 1);
  await expect(lookAtFiles(held, undefined)).rejects.toMatchObject({ code: "MOR_INVALID" });
});

test("rows that come in the order of their time are each found once", async () => {
  const arrivals = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 }));
  await fc.assert(
    fc.asyncProperty(arrivals, async (batches) => {
      const { rows, held } = world();
      const found: string[] = [];
      let [cursor, atMs]: [unknown, number] = [undefined, 0];
      for (const batch of batches) {
        for (const laterMs of batch) {
          atMs += laterMs;
          rows.push({ id: String(rows.length), atMs });
        }
        const look = await lookAtRows(held, cursor);
        found.push(...look.starts.map(({ id }) => id));
        cursor = JSON.parse(JSON.stringify(look.cursor));
      }
      expect(found).toEqual(rows.map(({ id }) => id));
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { MorningError } from "../../core/errors.ts";
import type { Schema } from "../../core/schema.ts";
import { toJsonSchema } from "../../core/schema.ts";
import { systemClock } from "../../core/clock.ts";
import { openInline } from "../../engines/sqlite/inline.ts";
import type { InlineStore } from "../../engines/sqlite/inline.ts";
import { testHost } from "../../testing/host.ts";
import { incompatibilities } from "./compatibility.ts";
import { event } from "./event.ts";
import { recordSchemas } from "./registry.ts";

const base = {
  order: z.string(),
  total: z.number(),
  note: z.string().optional(),
  kind: z.enum(["new", "old"]),
  lines: z.array(z.object({ sku: z.string(), count: z.int() })),
};

async function record(
  store: InlineStore,
  data: Schema,
  version = 1,
): Promise<MorningError | undefined> {
  try {
    await recordSchemas(testHost({ store }), [event("order.placed", { data, version })]);
    return undefined;
  } catch (error) {
    if (MorningError.is(error)) return error;
    throw error;
  }
}

const breaking: [string, Schema, string][] = [
  [
    "a field removed",
    z.object({ ...base, total: z.never().optional() }).omit({ total: true }),
    "total",
  ],
  ["a field retyped", z.object({ ...base, total: z.string() }), "total"],
  ["a required field added", z.object({ ...base, extra: z.string() }), "extra"],
  ["an optional field made required", z.object({ ...base, note: z.string() }), "note"],
  ["a required field made optional", z.object({ ...base, order: z.string().optional() }), "order"],
  ["an enum narrowed", z.object({ ...base, kind: z.enum(["new"]) }), "kind"],
  ["an enum widened", z.object({ ...base, kind: z.enum(["new", "old", "odd"]) }), "kind"],
  ["a bound added", z.object({ ...base, total: z.number().min(1) }), "total"],
  [
    "a field within a list retyped",
    z.object({ ...base, lines: z.array(z.object({ sku: z.string(), count: z.string() })) }),
    "lines[].count",
  ],
  ["the whole retyped", z.array(z.string()), ""],
];

test.each(breaking)(
  "%s under the same version is refused at its path",
  async (_, changed, path) => {
    const store = openInline({ clock: systemClock });
    expect(await record(store, z.object(base))).toBeUndefined();
    const error = await record(store, changed);
    expect(error?.code).toBe("MOR_EVENT_INCOMPATIBLE");
    expect(error?.details["changes"]).toContainEqual(expect.objectContaining({ path }));
    expect(error?.message).toContain("order.placed");
    expect(error?.fix).toContain("version 2");
    expect(await record(store, changed, 2)).toBeUndefined();
    await store.close();
  },
);

test("compatible changes are recorded as revisions, and what did not change is not", async () => {
  const store = openInline({ clock: systemClock });
  const more = { ...base, coupon: z.string().optional() };
  await record(store, z.object(base));
  await record(store, z.object(base));
  expect(await record(store, z.object(more))).toBeUndefined();
  expect(
    await record(store, z.object({ ...more, order: z.string().describe("its number") })),
  ).toBeUndefined();
  const registry = await recordSchemas(testHost({ store }), []);
  const history = await registry.history("order.placed");
  expect(history.map(({ version, revision }) => [version, revision])).toEqual([
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  await store.close();
});

test("a field added to a closed schema is refused: older readers would not take it", async () => {
  const store = openInline({ clock: systemClock });
  await record(store, z.strictObject({ a: z.string() }));
  const error = await record(store, z.strictObject({ a: z.string(), b: z.string().optional() }));
  expect(error?.code).toBe("MOR_EVENT_INCOMPATIBLE");
  await store.close();
});

test("a version is a whole number of 1 or more", async () => {
  const store = openInline({ clock: systemClock });
  expect((await record(store, z.object({}), 0))?.code).toBe("MOR_DECLARATION");
  await store.close();
});

test("references are followed, also where they recur", () => {
  const tree = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  const json = toJsonSchema(tree as Schema);
  expect(incompatibilities(json, json)).toEqual([]);
  const changed = JSON.parse(
    JSON.stringify(json).replaceAll('"string"', '"number"'),
  ) as typeof json;
  expect(incompatibilities(json, changed)[0]?.path).toBe("name");
});

test("what is called compatible is: each side takes what the other writes", () => {
  const leaf = fc.constantFrom<Schema>(z.string(), z.number(), z.boolean(), z.array(z.string()));
  const fields = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.tuple(leaf, fc.boolean()));
  const schemaOf = (made: Record<string, [Schema, boolean]>): z.ZodObject =>
    z.object(
      Object.fromEntries(
        Object.entries(made).map(([name, [schema, needed]]) => {
          const type = schema as z.ZodType;
          return [name, needed ? type : type.optional()];
        }),
      ),
    );
  const sample = (made: Record<string, [Schema, boolean]>, all: boolean): unknown =>
    Object.fromEntries(
      Object.entries(made).flatMap(([name, [schema, needed]]) => {
        if (!needed && !all) return [];
        const value = ["text", 1, true, ["text"]].find(
          (one) => (schema as z.ZodType).safeParse(one).success,
        );
        return [[name, value]];
      }),
    );
  fc.assert(
    fc.property(fields, fields, fc.boolean(), (before, after, all) => {
      const [older, newer] = [schemaOf(before), schemaOf(after)];
      const found = incompatibilities(toJsonSchema(older as Schema), toJsonSchema(newer as Schema));
      if (found.length > 0) return;
      expect(newer.safeParse(sample(before, all)).success).toBe(true);
      expect(older.safeParse(sample(after, false)).success).toBe(true);
    }),
  );
});

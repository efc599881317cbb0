import fc from "fast-check";
import { expect, test } from "vitest";
import { physicalName } from "./names.ts";
import type { PhysicalKind } from "./names.ts";
import { checkName, nameLengthMax } from "./resource.ts";

/** What AWS (and PostgreSQL for tables) accepts, from each service's own API reference. */
const forms: Readonly<Record<PhysicalKind, RegExp>> = {
  queue: /^[A-Za-z0-9_-]{1,80}$/,
  "fifo-queue": /^(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo$/,
  "event-bus": /^[/.\-_A-Za-z0-9]{1,256}$/,
  rule: /^[.\-_A-Za-z0-9]{1,64}$/,
  archive: /^[.\-_A-Za-z0-9]{1,48}$/,
  topic: /^[A-Za-z0-9_-]{1,256}$/,
  schedule: /^[0-9a-zA-Z\-_.]{1,64}$/,
  "schedule-group": /^[0-9a-zA-Z\-_.]{1,64}$/,
  bucket: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  table: /^[a-z][a-z0-9_]{0,62}$/,
  secret: /^[A-Za-z0-9/_+=.@-]{1,512}$/,
  cache: /^(?!.*--)[a-z][a-z0-9-]{0,38}[a-z0-9]$/,
  "state-machine": /^[A-Za-z0-9_-]{1,80}$/,
  role: /^[\w+=,.@-]{1,64}$/,
};
const kinds = Object.keys(forms) as PhysicalKind[];

const name = fc
  .stringMatching(/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/)
  .filter((text) => text.length <= nameLengthMax);
const place = fc.tuple(name, name, name);

test("every name fits what its kind allows", () => {
  fc.assert(
    fc.property(place, fc.constantFrom(...kinds), ([app, environment, resource], kind) => {
      expect(physicalName(app, environment, kind, resource)).toMatch(forms[kind]);
    }),
    { numRuns: 3_000 },
  );
});

test("two resources never share a name, whatever their apps and environments are called", () => {
  // Few short words, so that parts often touch: shop in prod-eu against eu-orders in prod.
  const words = fc.constantFrom(
    "a",
    "b",
    "a-b",
    "b-a",
    "a.b",
    "a-b-a",
    "a-b.a",
    `a${"x".repeat(40)}`,
  );
  const near = fc.tuple(words, words, words);
  fc.assert(
    fc.property(near, near, fc.constantFrom(...kinds), (left, right, kind) => {
      fc.pre(left.join("|") !== right.join("|"));
      const [one, other] = [left, right].map(([app, env, of]) => physicalName(app, env, kind, of));
      expect(one).not.toBe(other);
    }),
    { numRuns: 5_000 },
  );
});

test("plain names are plain", () => {
  expect(physicalName("storefront", "production", "queue", "welcome-email")).toBe(
    "storefront-production-welcome-email",
  );
  expect(physicalName("storefront", "production", "fifo-queue", "stock")).toBe(
    "storefront-production-stock.fifo",
  );
  expect(physicalName("storefront", "production", "table", "order-lines")).toBe(
    "storefront_production_order_lines",
  );
  expect(physicalName("storefront", "production", "secret", "smtp")).toBe(
    "storefront/production/smtp",
  );
});

test("a shortened name keeps its head and its suffix", () => {
  const long = physicalName("storefront", "production", "fifo-queue", "a".repeat(120));
  expect(long).toMatch(/^storefront-production-a+-[0-9a-f]{8}\.fifo$/);
  expect(long).toHaveLength(80);
});

test.each([
  "",
  "A",
  "1a",
  "a_b",
  "a--b",
  "-a",
  "a-",
  "a.",
  "a..b",
  "a b",
  "ä",
  "a/b",
  "a\n",
  "a".repeat(49),
])("refuses the name %j", (text) => {
  expect(() => checkName("queue", text)).toThrow(
    expect.objectContaining({
      code: "MOR_NAME",
      message: expect.stringContaining("queue") as string,
    }),
  );
});

test("takes names that every engine takes", () => {
  for (const text of ["a", "orders", "user.registered", "order-lines.v2", "a".repeat(48)]) {
    expect(checkName("queue", text)).toBe(text);
  }
});

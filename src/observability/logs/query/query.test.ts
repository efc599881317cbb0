import fc from "fast-check";
import { expect, test } from "vitest";
import { MorningError } from "../../../core/errors.ts";
import type { Filter } from "../../signals/filter.ts";
import type { LogRecord } from "../../signals/records.ts";
import { holds } from "../../testing/evaluate.ts";
import { compileFilter, completeQuery, matches, parseQuery, printQuery } from "./index.ts";

const seed = 20_261_126;

const eq = (field: string, value: string | number): Filter => ({ op: "eq", field, value });
const text = (value: string): Filter => ({ op: "text", text: value });
const and = (...of: readonly Filter[]): Filter => ({ op: "and", of });
const or = (...of: readonly Filter[]): Filter => ({ op: "or", of });
const not = (of: Filter): Filter => ({ op: "not", of });

test.each<readonly [string, Filter]>([
  ["", { op: "all" }],
  ["  ", { op: "all" }],
  ["declined", text("declined")],
  ['"card declined"', text("card declined")],
  ["付款失敗 餘額不足", and(text("付款失敗"), text("餘額不足"))],
  ["level:error service:payments", and(eq("level", "error"), eq("service", "payments"))],
  ["level:ERR", eq("level", "error")],
  ["level>=warn", { op: "gte", field: "level", value: "warn" }],
  ["status>=500", { op: "gte", field: "status", value: 500 }],
  ["status >= 500", { op: "gte", field: "status", value: 500 }],
  ["status:>=500", { op: "gte", field: "status", value: 500 }],
  ["status:200", eq("status", 200)],
  ['status:"200"', eq("status", "200")],
  ["order.id:007", eq("order.id", "007")],
  [
    "status:500..599",
    and({ op: "gte", field: "status", value: 500 }, { op: "lte", field: "status", value: 599 }),
  ],
  ["took:..1.5s", { op: "lte", field: "took", value: 1500 }],
  ["took>250ms", { op: "gt", field: "took", value: 250 }],
  ["size<=10KiB", { op: "lte", field: "size", value: 10_240 }],
  ["size>1.5MB", { op: "gt", field: "size", value: 1_500_000 }],
  ["-path:/health*", not({ op: "like", field: "path", pattern: "/health*" })],
  ['http.route:"/orders/:id"', eq("http.route", "/orders/:id")],
  ["path:/orders/:id", eq("path", "/orders/:id")],
  ["(a OR b)", or(text("a"), text("b"))],
  ["a b OR c", or(and(text("a"), text("b")), text("c"))],
  ["a AND (b OR c)", and(text("a"), or(text("b"), text("c")))],
  ["NOT a", not(text("a"))],
  ["a -b", and(text("a"), not(text("b")))],
  ["exists:user.id", { op: "exists", field: "user.id" }],
  ["missing:user.id", not({ op: "exists", field: "user.id" })],
  ["user.id:*", { op: "exists", field: "user.id" }],
  ["level:(error OR fatal)", { op: "in", field: "level", values: ["error", "fatal"] }],
  ["path:(/a OR /b*)", or(eq("path", "/a"), { op: "like", field: "path", pattern: "/b*" })],
  ["level!=info", { op: "ne", field: "level", value: "info" }],
  ["body:failed", text("failed")],
  ['body="it failed"', eq("body", "it failed")],
  ["pay*ment", { op: "like", field: "body", pattern: "*pay*ment*" }],
  ['body:~"time(d )?out \\d+"', { op: "regex", field: "body", pattern: "time(d )?out \\d+" }],
  ["path!~^/api", not({ op: "regex", field: "path", pattern: "^/api" })],
  ['"user name":joe', eq("user name", "joe")],
  ["https://example.com/x", text("https://example.com/x")],
  ["10:30:45", text("10:30:45")],
  [
    "init() <*> a-b",
    and(text("init()"), { op: "like", field: "body", pattern: "*<*>*" }, text("a-b")),
  ],
  ["and or", and(text("and"), text("or"))],
  ["trace_id:ABCDEF", eq("trace_id", "abcdef")],
  ["a\\*b", text("a*b")],
])("reads %s", (query, filter) => {
  expect(parseQuery(query)).toEqual(filter);
});

test("reads durations of spans in milliseconds", () => {
  expect(parseQuery("duration>2m kind:server", "spans")).toEqual(
    and({ op: "gt", field: "duration", value: 120_000 }, eq("kind", "server")),
  );
  expect(parseQuery("checkout", "spans")).toEqual(text("checkout"));
  expect(parseQuery("name:check*", "spans")).toEqual({
    op: "like",
    field: "name",
    pattern: "check*",
  });
});

function failure(query: string): MorningError {
  try {
    parseQuery(query);
  } catch (error) {
    if (MorningError.is(error, "MOR_LOGS_QUERY")) return error;
  }
  throw new Error(`${query} was read`);
}

test.each([
  ["level:eror", 6, "level is never eror", "Did you mean error?"],
  ["level:", 0, "level: has no value", "level:*"],
  ['a "b', 2, "quotes are not closed", 'Write "'],
  ["(a OR b", 0, "not closed", "Write )"],
  ["a)", 1, "closes nothing", "quotes"],
  ["a AND", 2, "AND stands at the end", "behind AND"],
  ["OR a", 0, "OR has nothing before it", "before OR"],
  ["()", 0, "hold nothing", "terms"],
  ["path:(a b)", 8, "only OR", "path:(a OR b)"],
  ["path:()", 5, "hold no value", "path:*"],
  ['body:~"("', 6, "cannot be read", "look-around"],
  ["severity>high", 9, "high is no number", "500"],
  ["a\\*b*", 0, "wildcard", "regular expression"],
  ["-".repeat(40) + "a", 32, "more than 32", "flatter"],
  ["a ".repeat(300), 512, "more than 256 terms", "less"],
  ["a".repeat(5000), 4096, "more than 4096", "Shorten"],
])("says of %s what is wrong, where, and what to do", (query, at, message, fix) => {
  const error = failure(query);
  expect(error.message).toContain(message);
  expect(error.details["at"]).toBe(at);
  expect(error.fix).toContain(fix);
});

const odd = fc.string({
  unit: fc.constantFrom(...'ab1.*\\"()-:=<>!~ 付/_@\t'.split("")),
  maxLength: 12,
});
const field = fc.oneof(
  fc.constantFrom("service", "http.route", "user name", "a-", "付款", "status.code"),
  odd.filter((name) => name !== "" && name !== "exists" && name !== "missing"),
);
const value = fc.oneof(odd, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const isPlain = (name: string): boolean =>
  !["level", "severity", "body", "trace_id", "span_id", "service", "pattern"].includes(name);
const attribute = field.filter(isPlain);
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  odd.map((one): Filter => ({ op: "text", text: one })),
  fc.record({ op: fc.constantFrom("eq" as const, "ne" as const), field: attribute, value }),
  fc.record({ op: fc.constantFrom("lt" as const, "gte" as const), field: attribute, value }),
  fc.record({
    op: fc.constant("in" as const),
    field: attribute,
    values: fc.array(value, { minLength: 2, maxLength: 4 }),
  }),
  fc.record({ op: fc.constant("exists" as const), field: attribute }),
  fc.record({
    op: fc.constant("like" as const),
    field: attribute,
    pattern: fc.constantFrom("a*", "*付*b", '*"(x)', "/a/*/b"),
  }),
  fc.record({
    op: fc.constant("regex" as const),
    field: attribute,
    pattern: fc.constantFrom("a+b", '"x"', "\\d\\\\", "[^\\s]*"),
  }),
);
const tree = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.record({ op: fc.constant("not" as const), of: tie("filter") }),
    fc.record({
      op: fc.constantFrom("and" as const, "or" as const),
      of: fc.array(tie("filter"), { minLength: 2, maxLength: 4 }),
    }),
  ),
})).filter;

/** Nested ones of the same kind are one: so the parser writes them. */
function flat(filter: Filter): Filter {
  if (filter.op === "not") return { op: "not", of: flat(filter.of) };
  if (filter.op !== "and" && filter.op !== "or") return filter;
  const of = filter.of.map(flat).flatMap((one) => (one.op === filter.op ? one.of : [one]));
  return { op: filter.op, of };
}

test("what is printed is read back", () => {
  fc.assert(
    fc.property(tree, (filter) => {
      expect(parseQuery(printQuery(filter))).toEqual(flat(filter));
    }),
    { seed, numRuns: 600 },
  );
});

test("whatever is typed is read, or refused with a place in it", () => {
  const typed = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc
      .array(
        fc.constantFrom(
          "level",
          ":",
          "(",
          ")",
          " OR ",
          " AND ",
          "-",
          '"',
          "error",
          ">=",
          "5ms",
          "*",
          "~",
          "\\",
          "..",
          " NOT ",
        ),
        { maxLength: 14 },
      )
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(typed, (query) => {
      try {
        const filter = parseQuery(query);
        expect(parseQuery(printQuery(filter))).toEqual(filter);
      } catch (error) {
        if (!MorningError.is(error, "MOR_LOGS_QUERY")) throw error;
        const at = Number(error.details["at"]);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(query.length);
        expect(error.fix).not.toBe("");
      }
    }),
    { seed, numRuns: 2000 },
  );
});

const log = (body: string, attributes: LogRecord["attributes"] = {}): LogRecord => ({
  origin: {
    resource: { "service.name": "payments", "cloud.region": "ap-east-1" },
    scopeName: "",
    scopeVersion: "",
    scopeAttributes: {},
  },
  timeNs: 1n,
  observedNs: 1n,
  severity: 17,
  severityText: "ERROR",
  body,
  eventName: "",
  traceId: "ab".repeat(16),
  spanId: "",
  attributes,
});

test.each([
  ["DECLINED", true],
  ["card decl", true],
  ["level:error level>=warn level<fatal", true],
  ["level:info OR service:pay*", true],
  ["service:PAYMENTS", false],
  ["resource.cloud.region:ap-east-1", true],
  ["status>=500 status<600 status:503", true],
  ["status:~^5", true],
  ["-missing_one:x missing_one!=x missing:missing_one", true],
  ["missing_one<5", false],
  ["route:/orders/*/pay", true],
  ["付款", true],
  ["span_id:*", false],
  ["flag:true", true],
])("matches: %s", (query, expected) => {
  const record = log("Card declined 付款失敗", { status: 503, route: "/Orders/7/pay", flag: true });
  expect(matches(parseQuery(query), "logs", record)).toBe(expected);
});

test("matches as every store does", () => {
  const attributes = fc.dictionary(
    fc.constantFrom("a", "b", "service"),
    fc.oneof(odd, fc.integer({ min: -3, max: 3 }), fc.boolean()),
  );
  const small = fc.oneof(
    fc.record({
      op: fc.constantFrom(
        "eq" as const,
        "ne" as const,
        "lt" as const,
        "lte" as const,
        "gt" as const,
        "gte" as const,
      ),
      field: fc.constantFrom("a", "attributes.b", "level", "severity"),
      value: fc.oneof(odd, fc.integer({ min: -3, max: 3 }), fc.constant("warn")),
    }),
    fc.record({
      op: fc.constantFrom("exists" as const),
      field: fc.constantFrom("a", "body", "scope", "resource.cloud.region"),
    }),
    fc.record({ op: fc.constant("text" as const), text: odd }),
    fc.record({
      op: fc.constant("like" as const),
      field: fc.constantFrom("a", "body"),
      pattern: odd,
    }),
  );
  fc.assert(
    fc.property(fc.array(small, { maxLength: 3 }), odd, attributes, (of, body, given) => {
      const filter: Filter = { op: "or", of };
      const record = log(body, given);
      expect(compileFilter(filter, "logs")(record)).toBe(holds(filter, "logs", record));
    }),
    { seed, numRuns: 500 },
  );
});

const fields = [
  { name: "http.route", values: ["/orders/:id", "/health check"] },
  { name: "http.status", type: "number" as const, values: ["200", "503"] },
];

test.each([
  ["lev", ["level"]],
  ["level", ["level:", "level!=", "level>=", "level<="]],
  ["level:e", ["error"]],
  ["level:(error OR f", ["fatal"]],
  ["a http.", ["http.route", "http.status"]],
  ["-http.r", ["http.route"]],
  ['http.route:"/he', ['"/health check"']],
  ["http.status>=5", ["503"]],
  ["a O", ["OR"]],
  ["exists:http.s", ["http.status"]],
  ['level:error "http.ro', []],
])("completes %s", (query, expected) => {
  const { from, to, suggestions } = completeQuery(query, query.length, fields);
  const texts = suggestions.map((one) => one.text);
  expect(texts.slice(0, expected.length)).toEqual(expected);
  if (expected.length === 0) expect(texts).toEqual([]);
  expect(to).toBe(query.length);
  expect(from).toBeLessThanOrEqual(to);
});

test("completes in the middle, and anything at all", () => {
  expect(completeQuery("lev service:x", 3)).toMatchObject({ from: 0, to: 3 });
  expect(completeQuery("", 0).suggestions.length).toBeGreaterThan(5);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), fc.nat(40), (query, cursor) => {
      const { from, to, suggestions } = completeQuery(query, cursor, fields);
      expect(from).toBeLessThanOrEqual(to);
      expect(to).toBeLessThanOrEqual(query.length);
      expect(suggestions.length).toBeLessThanOrEqual(20);
    }),
    { seed, numRuns: 500 },
  );
});

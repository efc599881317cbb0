import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom } from "../../../core/ids.ts";
import { MorningError } from "../../../core/errors.ts";
import { labelledLines } from "../patterns/labelled.contract.ts";
import { tuningSystems } from "../patterns/labelled-tuning.contract.ts";
import { makeRedactor, redactionRules } from "./index.ts";

const seed = 20_261_126;
const redactor = makeRedactor();
/** Joined here, so that no scanner of secrets takes these for real ones. */
const made = (...parts: readonly string[]): string => parts.join("");

const jwt = made(
  "eyJhbGciOiJIUzI1NiJ9",
  ".eyJzdWIiOiIxMjM0NTY3ODkwIn0",
  ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
);
const found: readonly (readonly [string, string])[] = [
  ["Authorization: Bearer abcDEF123456789ghi", "Authorization: Bearer [redacted:bearer]"],
  ["Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted:basic-auth]"],
  [`jwt ${jwt} end`, "jwt [redacted:jwt] end"],
  [made("key AKIA", "IOSFODNN7EXAMPLE."), "key [redacted:aws-key]."],
  [
    made("-----BEGIN RSA PRIVATE", " KEY-----\nMIIB\nabc\n-----END RSA PRIVATE KEY----- x"),
    "[redacted:private-key] x",
  ],
  [made("use sk-", "proj-abcdef0123456789XYZ now"), "use [redacted:api-key] now"],
  [made("gh", "p_abcdefghijklmnopqrstuvwxyz0123456789"), "[redacted:api-key]"],
  [made("xox", "b-123456789012-abcdefghij"), "[redacted:api-key]"],
  [made("AIza", "SyA1234567890abcdefghijklmnopqrstuv"), "[redacted:api-key]"],
  ["password=hunter2 next", "password=[redacted:secret] next"],
  ['{"password": "hun ter2", "a": 1}', '{"password": [redacted:secret], "a": 1}'],
  ['"{\\"client_secret\\":\\"abc def\\"}"', '"{\\"client_secret\\":[redacted:secret]}"'],
  ["DB_PASSWORD: s3cr3t", "DB_PASSWORD: [redacted:secret]"],
  ["api_key=abc123&x=1", "api_key=[redacted:secret]&x=1"],
  ["access_token=abcdefghijklmnop", "access_token=[redacted:secret]"],
  [
    "postgres://app:s3cr3t@db.example:5432/x",
    "postgres://app:[redacted:url-credentials]@db.example:5432/x",
  ],
  ["Cookie: session=abc; theme=dark", "Cookie: [redacted:cookie]"],
  ["set-cookie: sid=1; HttpOnly", "set-cookie: [redacted:cookie]"],
  ["mail to ann.lee+x@mail.example.com.tw.", "mail to [redacted:email]."],
  ["card 4111 1111 1111 1111 ok", "card [redacted:card] ok"],
  ["card 378282246310005, 5555-5555-5555-4444", "card [redacted:card], [redacted:card]"],
  ["身分證 A123456789 手機 0912-345-678", "身分證 [redacted:tw-id] 手機 [redacted:tw-mobile]"],
  ["call +886 912 345 678", "call [redacted:tw-mobile]"],
  ["to GB82 WEST 1234 5698 7654 32", "to [redacted:iban]"],
  [
    "to DE89 3704 0044 0532 0130 00 and GB82WEST12345698765432",
    "to [redacted:iban] and [redacted:iban]",
  ],
];

test.each(found)("redacts %s", (text, expected) => {
  expect(redactor.text(text)).toBe(expected);
  expect(redactor.mayHold(text)).toBe(true);
  for (const before of ["some words before ", "a word before "]) {
    expect(redactor.mayHold(Buffer.from(before + text))).toBe(true);
    expect(redactor.mayHold(`${before}付${text}`)).toBe(true);
  }
  expect(redactor.text(expected)).toBe(expected);
});

test.each([
  "order 1234567890123456 placed",
  "order_id=4111111111111112",
  "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
  "at 1764154800123456789, 1764154800123, 2026-11-26T11:33:04.123456Z",
  "id 123e4567-e89b-12d3-a456-426614174000",
  "usage: prompt_tokens=512 max_tokens: 4096, token_count=7",
  "invalid token: unexpected end of input",
  "password: null, secret=, token=***",
  "basic authentication failed for bearer of news",
  "user@localhost ran task-sk-12 on disk sk-1",
  "http://example.com:8080/a@b",
  "git@v1.2 build 0912345 of A123456780",
  "the cookie: jar is empty",
  "4111-1111 2222 33334444",
])("leaves alone: %s", (text) => {
  expect(redactor.text(text)).toBe(text);
});

test("identifiers are hardly ever taken for personal data", () => {
  const random = seededRandom(seed);
  const digit = (): string => String(Math.floor(random.next() * 10));
  const run = (count: number): string => Array.from({ length: count }, digit).join("");
  const hex = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random.next() * 16).toString(16)).join("");
  const kinds: Readonly<Record<string, readonly [() => string, number]>> = {
    "order of 16 digits": [() => run(16), 0.03],
    "order of 12 digits": [() => `ORD-${run(12)}`, 0],
    "order of 8 digits": [() => run(8), 0],
    uuid: [() => [8, 4, 4, 4, 12].map(hex).join("-"), 0.001],
    "trace id": [() => hex(32), 0.001],
    "span id": [() => hex(16), 0.005],
    milliseconds: [() => String(1_700_000_000_000 + Math.floor(random.next() * 1e11)), 0],
    nanoseconds: [() => `17${run(17)}`, 0],
    address: [() => [3, 3, 2, 1].map((count) => Number(run(count)) % 256).join("."), 0],
  };
  const count = 4000;
  for (const [name, [make, most]] of Object.entries(kinds)) {
    let wrong = 0;
    for (let at = 0; at < count; at++) {
      const text = `item ${make()} done`;
      if (redactor.text(text) !== text) wrong++;
    }
    expect(wrong / count, `${name}, seed ${seed}`).toBeLessThanOrEqual(most);
  }
});

const fragment = fc.oneof(
  fc.constantFrom(...found.map(([text]) => text)),
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom(
    "password",
    "token",
    "=",
    ": ",
    "@",
    "a.com",
    "://",
    "0912",
    "4111 1111",
    "A1",
    '"',
    "\n",
    "sk-",
    "DE89",
  ),
  fc.stringMatching(/^\d{1,20}$/),
);
const anyText = fc.array(fragment, { maxLength: 8 }).map((parts) => parts.join(""));

test("redacting twice is redacting once", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = redactor.text(text);
      expect(redactor.text(once)).toBe(once);
    }),
    { seed, numRuns: 2000 },
  );
});

test("the prefilter never says no to what a rule finds", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      if (redactor.mayHold(text)) return;
      for (const { expression, check, name } of redactionRules) {
        for (const match of text.matchAll(expression)) {
          expect(check?.(match[0], match.groups ?? {}), `${name} in ${text}`).toBe(false);
        }
      }
    }),
    { seed, numRuns: 4000 },
  );
});

test("most of a log without secrets passes the prefilter", () => {
  const { lines } = labelledLines(tuningSystems["blockstore"] as string, 3000, 5);
  expect(lines.filter((line) => redactor.mayHold(line))).toEqual([]);
  expect(redactor.mayHold(Buffer.from(lines.join("\n")))).toBe(false);
});

test("attributes are redacted by key and by value", () => {
  const own = makeRedactor({ keys: ["Pin"], allow: ["contact"] });
  const attributes = {
    "http.request.header.authorization": ["Bearer x"],
    "db.password": "x",
    "user.email": "ann@example.com",
    "gen_ai.usage.input_token": 7,
    contact: "ann@example.com",
    pin: "1234",
    nested: { list: ["ok", "a@b.example"], Token: "abc" },
  };
  expect(own.attributes(attributes)).toEqual({
    "http.request.header.authorization": "[redacted:key]",
    "db.password": "[redacted:key]",
    "user.email": "[redacted:email]",
    "gen_ai.usage.input_token": 7,
    contact: "ann@example.com",
    pin: "[redacted:key]",
    nested: { list: ["ok", "[redacted:email]"], Token: "[redacted:key]" },
  });
  expect(own.counts()).toEqual({ key: 4, email: 2 });
  const clean = { a: "b", c: [1, 2] };
  expect(own.attributes(clean)).toBe(clean);
  expect(own.text("ann@example.com", "contact")).toBe("ann@example.com");
});

test("rules of one's own run on RE2", () => {
  const own = makeRedactor({
    off: ["email"],
    rules: [
      { name: "member", pattern: "member (M-\\d+)", contains: "member" },
      { name: "plate", pattern: "[A-Z]{3}-\\d{4}" },
    ],
  });
  expect(own.text("member M-77 drives ABC-1234, a@b.example")).toBe(
    "member [redacted:member] drives [redacted:plate], a@b.example",
  );
  expect(own.mayHold("anything")).toBe(true);
  expect(
    makeRedactor({ rules: [{ name: "m", pattern: "M-1", contains: "M-" }] }).mayHold("x"),
  ).toBe(false);
  for (const rule of [
    { name: "A b", pattern: "x" },
    { name: "a", pattern: "(" },
    { name: "a", pattern: "x*" },
    { name: "a", pattern: "x".repeat(600) },
  ]) {
    expect(() => makeRedactor({ rules: [rule] })).toThrow(MorningError);
  }
});

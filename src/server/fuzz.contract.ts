import fc from "fast-check";
import { callAt } from "./rig.contract.ts";

/** One random request: mostly near what routes take, so that it gets past the first check. */
interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const paths = [
  "/",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/api/v1/overview",
  "/api/v1/history",
  "/api/v1/find",
  "/api/v1/platform",
  "/api/v1/services",
  "/api/v1/services/orders",
  "/api/v1/session",
  "/api/v1/keys",
  "/api/v1/keys/x",
  "/api/v1/sessions",
  "/api/v1/sessions/current",
  "/api/v1/sessions/0123456789ab",
  "/api/v1/audit",
  "/api/v1/backups",
  "/api/v1/queues",
  "/api/v1/queues/jobs",
  "/api/v1/queues/jobs/messages",
  "/api/v1/queues/jobs/send",
  "/api/v1/queues/jobs/purge",
  "/svc/orders/orders",
  "/svc/orders/orders/1",
  "/svc/orders/raw",
  "/svc/orders/jobs",
  "/svc/stock/stock/a",
  "/svc/none/x",
  "/svc",
];

const odd = fc.oneof(
  fc.constantFrom(
    "%",
    "%00",
    "%2e%2e%2f",
    "..;/",
    "%ff",
    "a b",
    "\u00e9",
    "'",
    '"',
    "<script>",
    "$(x)",
  ),
  fc.string({ maxLength: 20 }),
);
const key = fc.constantFrom(
  "limit",
  "before",
  "state",
  "id",
  "group",
  "ids",
  "metrics",
  "fromMs",
  "toMs",
  "pointsMax",
  "path",
  "failed",
  "__proto__",
  "toString",
  "",
);
const value = fc.oneof(
  fc.constantFrom(
    "platform",
    "depth",
    "0",
    "-1",
    "1e309",
    "NaN",
    "null",
    "9007199254740993",
    "true",
    "",
  ),
  fc.string({ maxLength: 30 }),
);
const query = fc
  .array(fc.tuple(key, value), { maxLength: 4 })
  .map((pairs) => new URLSearchParams(pairs).toString());
const near = fc.record(
  {
    n: fc.oneof(fc.integer(), fc.double(), fc.string()),
    sku: fc.oneof(fc.string({ unit: "binary" }), fc.integer()),
    amount: fc.oneof(fc.integer(), fc.constant(1)),
    name: fc.string(),
    role: fc.constantFrom("viewer", "boss"),
    key: fc.string(),
    folder: fc.constantFrom("", "/dev/null/x", "/proc/x", "\u0000", "a".repeat(999)),
    message: fc.jsonValue({ maxDepth: 3 }),
    messages: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 3 }),
    ids: fc.array(fc.string(), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  near.map((one) => JSON.stringify(one)),
  fc.json({ maxDepth: 8 }),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom("", "{", "null", "[]", '{"__proto__":1}', "[".repeat(3_000)),
);
const headers = fc.record(
  {
    "content-type": fc.constantFrom("application/json", "text/plain", "application/x+json", "x"),
    authorization: fc.constantFrom("Bearer x", "Basic x", "Bearer"),
    cookie: fc.constantFrom("morning_session=x", "a=b; ;=;", "morning_session"),
    traceparent: fc.constantFrom("00-x", `00-${"1".repeat(32)}-${"2".repeat(16)}-01`),
    baggage: fc.constantFrom("a=%", "a=1,b=2", "=,=,="),
    "idempotency-key": fc.constantFrom("k", "k".repeat(300)),
    "if-none-match": fc.constant("*"),
    range: fc.constant("bytes=0-"),
    accept: fc.constantFrom("text/html", "application/xml"),
  },
  { requiredKeys: [] },
);

/** Whatever a client could send that Node's own client still agrees to send. */
const shot: fc.Arbitrary<Shot> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"),
    base: fc.constantFrom(...paths),
    extra: fc.option(odd, { nil: "" }),
    query,
    headers,
    body: fc.option(body, { nil: undefined, freq: 4 }),
  })
  .map(({ method, base, extra, query: search, headers: given, body: sent }) => ({
    method,
    path: `${base}${extra === "" ? "" : `/${extra}`}${search === "" ? "" : `?${search}`}`,
    headers: sent === undefined ? given : { "content-type": "application/json", ...given },
    body: method === "GET" || method === "HEAD" ? undefined : sent,
  }));

/** What a fuzz of some time has seen. */
export interface FuzzReport {
  readonly requests: number;
  readonly statuses: Readonly<Record<number, number>>;
  /** Requests whose answer is not what a refusal must be. */
  readonly faults: readonly string[];
}

function faultOf(status: number, type: string, method: string): string | undefined {
  if (status >= 500 && status !== 501) return "it is a server error";
  const refused = status >= 400 && method !== "HEAD";
  if (refused && !type.startsWith("application/problem+json")) return `it is ${type}`;
  return undefined;
}

/** However slow the machine is, so much is tried; a batch is a hundred requests. */
const batchesMin = 6;

/**
 * Sends random requests for `forMs` and at least 600, replayed by `seed`. 501 (`MOR_UNSUPPORTED`)
 * is an answer.
 */
export async function fuzz(url: string, seed: number, forMs: number): Promise<FuzzReport> {
  const statuses: Record<number, number> = {};
  const faults: string[] = [];
  const untilMs = performance.now() + forMs;
  let requests = 0;
  const goesOn = (batch: number): boolean => batch < batchesMin || performance.now() < untilMs;
  for (let batch = 0; goesOn(batch) && faults.length < 10; batch++) {
    const shots = fc.sample(shot, { seed: seed + batch, numRuns: 100 });
    for (let index = 0; index < shots.length; index += 10) {
      const group = shots.slice(index, index + 10);
      const done = await Promise.all(group.map((one) => fire(url, one)));
      for (const [at, outcome] of done.entries()) {
        if (outcome === undefined) continue;
        requests++;
        statuses[outcome.status] = (statuses[outcome.status] ?? 0) + 1;
        const method = group[at]?.method ?? "";
        const fault = faultOf(outcome.status, outcome.type, method);
        if (fault !== undefined) {
          faults.push(`${fault}: ${outcome.status} ${JSON.stringify(group[at])} ${outcome.text}`);
        }
      }
    }
  }
  return { requests, statuses, faults };
}

async function fire(
  url: string,
  { method, path, headers: given, body: sent }: Shot,
): Promise<{ status: number; type: string; text: string } | undefined> {
  // Some are none that a client can send: those are the raw sockets' affair.
  if (!URL.canParse(`${url}${path}`)) return undefined;
  const options = { headers: given, ...(sent === undefined ? {} : { body: sent }) };
  const answer = await callAt(url, method, path, options);
  const type = answer.headers.get("content-type") ?? "";
  return { status: answer.status, type, text: answer.text.slice(0, 300) };
}

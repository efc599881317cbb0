import { expect, test } from "vitest";
import { MorningError, coreErrors } from "../../core/errors.ts";
import { makeIds, seededRandom } from "../../core/ids.ts";
import { makeMetrics } from "../../core/metrics.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { noTracing } from "../../core/tracing.ts";
import { problemResponse } from "../problem.ts";
import { breaker, retryBudget } from "./breaker.ts";
import { untilAborted } from "./capability.ts";
import { serviceClient } from "./client.ts";
import type { AnyClient, Transport } from "./client.ts";

interface Bench {
  readonly clock: SimulatedClock;
  readonly client: AnyClient;
  readonly requests: Request[];
  /** Moves time until `call` has settled; resolves with its value or its error. */
  readonly finish: (call: Promise<unknown>) => Promise<unknown>;
  readonly outcomes: () => Record<string, number>;
}

const settled = (): Promise<void> => new Promise((done) => void setImmediate(done));

function bench(answer: (number: number, request: Request) => Response | Promise<Response>): Bench {
  const clock = simulatedClock();
  const metrics = makeMetrics();
  const random = seededRandom(1);
  const requests: Request[] = [];
  const transport: Transport = (request) => {
    requests.push(request);
    return untilAborted(
      request,
      Promise.resolve().then(() => answer(requests.length, request)),
    );
  };
  const callee = { name: "stock", transport, breaker: breaker(clock), budget: retryBudget() };
  const ids = makeIds(clock, random);
  const tracer = noTracing(ids).tracerFor("orders");
  const client = serviceClient(callee, {}, { service: "orders", clock, random, metrics, tracer });
  return {
    clock,
    client,
    requests,
    async finish(call) {
      let result: { value: unknown } | undefined;
      void call.then(
        (value) => (result = { value }),
        (value: unknown) => (result = { value }),
      );
      for (let n = 0; n < 2_000 && result === undefined; n++) {
        await settled();
        clock.advance(10);
      }
      return result?.value;
    },
    outcomes: () =>
      Object.fromEntries(
        metrics
          .snapshot()
          .filter(({ name }) => name === "morning_calls_total")
          .map(({ labels, value }) => [labels["outcome"], value]),
      ),
  };
}

const status = (code: number) => (): Response => new Response("{}", { status: code });
const codeOf = (error: unknown): string => (MorningError.is(error) ? error.code : String(error));
const hanging = (): Promise<Response> => new Promise(() => {});

test("a call fills the path, the query and the body", async () => {
  const { client, requests, finish } = bench(() => Response.json({ ok: true }));
  const query = { tag: ["a", "b"], none: undefined, n: 1, deep: { x: 1 } };
  const call = client.put("/a/:id/b", { params: { id: "x/../y?z" }, query, body: { n: 1 } });
  expect(await finish(call)).toEqual({ ok: true });
  expect(requests[0]?.url).toBe(
    "http://stock/a/x%2F..%2Fy%3Fz/b?tag=a&tag=b&n=1&deep=%7B%22x%22%3A1%7D",
  );
  expect(await requests[0]?.json()).toEqual({ n: 1 });
});

test("a parameter cannot leave its place in the path", async () => {
  const { client, requests, finish, clock } = bench(() => Response.json({}));
  for (const id of ["", ".", ".."]) {
    expect(codeOf(await finish(client.get("/a/:id", { params: { id } })))).toBe("MOR_INVALID");
  }
  expect(codeOf(await finish(client.get("/a/:id", {})))).toBe("MOR_INVALID");
  expect(requests).toHaveLength(0);
  expect(clock.nextInMs()).toBeUndefined();
});

test("a call past its deadline fails by name and leaves no timer behind", async () => {
  const { client, clock, finish, outcomes } = bench(hanging);
  const startMs = clock.now();
  expect(codeOf(await finish(client.get("/slow", {}, { timeoutMs: 300 })))).toBe("MOR_TIMEOUT");
  expect(clock.now() - startMs).toBeLessThanOrEqual(330);
  expect(clock.nextInMs()).toBeUndefined();
  expect(outcomes()).toEqual({ error: 1 });
});

test("the deadline holds over all attempts, waits included", async () => {
  const { client, clock, finish } = bench(status(503));
  const startMs = clock.now();
  await finish(client.get("/x", {}, { timeoutMs: 20 }));
  expect(clock.now() - startMs).toBeLessThanOrEqual(40);
});

test("the callee's request is aborted with the deadline and with the caller", async () => {
  const { client, requests, finish } = bench(hanging);
  const abort = new AbortController();
  const call = client.get("/slow", {}, { signal: abort.signal });
  await settled();
  abort.abort();
  expect(codeOf(await finish(call))).toBe("MOR_CANCELLED");
  expect(requests[0]?.signal.aborted).toBe(true);
  const already = client.get("/slow", {}, { signal: AbortSignal.abort() });
  expect(codeOf(await finish(already))).toBe("MOR_CANCELLED");
});

test.each(["get", "put", "delete"] as const)(
  "%s is repeated on a passing failure",
  async (method) => {
    const { client, requests, finish, outcomes } = bench((number) =>
      number < 3 ? status(503)() : Response.json({ number }),
    );
    expect(await finish(client[method]("/x", {}))).toEqual({ number: 3 });
    expect(requests).toHaveLength(3);
    expect(outcomes()).toEqual({ ok: 1 });
  },
);

test.each(["post", "patch"] as const)(
  "%s is sent once, unless it has an idempotency key",
  async (method) => {
    const { client, requests, finish } = bench(status(503));
    await finish(client[method]("/x", { body: {} }));
    expect(requests).toHaveLength(1);
    await finish(client[method]("/x", { body: {} }, { idempotencyKey: "k-1" }));
    expect(requests).toHaveLength(4);
    const keys = requests.slice(1).map(({ headers }) => headers.get("idempotency-key"));
    expect(keys).toEqual(["k-1", "k-1", "k-1"]);
  },
);

test.each([400, 404, 409, 500, 501])("status %i is final", async (code) => {
  const { client, requests, finish } = bench(status(code));
  const error = await finish(client.get("/x", {}));
  expect(codeOf(error)).toBe("MOR_CALL_FAILED");
  expect(requests).toHaveLength(1);
});

test("a code of the callee's own comes through; what is none does not", async () => {
  const problem = { status: 409, title: "t", detail: "none left", fix: "f" };
  for (const [code, wanted] of [
    ["SHOP_OUT_OF_STOCK", "SHOP_OUT_OF_STOCK"],
    ["out of stock", "MOR_CALL_FAILED"],
    [17, "MOR_CALL_FAILED"],
  ]) {
    const { client, finish } = bench(() => Response.json({ ...problem, code }, { status: 409 }));
    expect(codeOf(await finish(client.get("/x", {})))).toBe(wanted);
  }
});

test("the callee's own error comes through with its code, its details and its name", async () => {
  const { client, finish, outcomes } = bench(() => {
    const error = coreErrors.MOR_CONFLICT("stock a: sold out", { details: { sku: "a" } });
    return problemResponse(error, undefined);
  });
  const error = await finish(client.get("/x", {}));
  expect(error).toMatchObject({
    code: "MOR_CONFLICT",
    status: 409,
    message: "stock a: sold out",
    details: { sku: "a", service: "stock" },
  });
  expect(outcomes()).toEqual({ refused: 1 });
});

test("an answer that is no JSON, and a broken connection, are failed calls", async () => {
  const html = bench(() => new Response("<html>"));
  expect(codeOf(await html.finish(html.client.get("/x", {})))).toBe("MOR_CALL_FAILED");
  const broken = bench(() => Promise.reject(new TypeError("fetch failed")));
  expect(codeOf(await broken.finish(broken.client.post("/x", {})))).toBe("MOR_CALL_FAILED");
});

test("retries never add more than a tenth of the calls once the savings are spent", async () => {
  const { client, requests, finish } = bench((number) =>
    // Failing just not often enough to open the breaker.
    status(number % 5 < 2 ? 503 : 404)(),
  );
  const calls = 1_000;
  for (let n = 0; n < calls; n++) await finish(client.get("/x", {}));
  const retries = requests.length - calls;
  expect(retries).toBeGreaterThan(10);
  expect(retries).toBeLessThanOrEqual(10 + calls / 10);
});

test("calls to a failing service are held back, probed after 5 s, let through again", async () => {
  let healthy = false;
  const { client, clock, requests, finish } = bench(() =>
    healthy ? Response.json({}) : new Response("", { status: 500 }),
  );
  for (let n = 0; n < 20; n++) await finish(client.post("/x", {}));
  expect(codeOf(await finish(client.post("/x", {})))).toBe("MOR_CALL_CIRCUIT_OPEN");
  expect(codeOf(await finish(client.get("/x", {})))).toBe("MOR_CALL_CIRCUIT_OPEN");
  expect(requests).toHaveLength(20);
  clock.advance(5_000);
  // The probe fails: held back for another 5 s.
  expect(codeOf(await finish(client.post("/x", {})))).toBe("MOR_CALL_FAILED");
  expect(codeOf(await finish(client.post("/x", {})))).toBe("MOR_CALL_CIRCUIT_OPEN");
  clock.advance(5_000);
  healthy = true;
  expect(await finish(client.post("/x", {}))).toEqual({});
  expect(await finish(client.post("/x", {}))).toEqual({});
  expect(requests).toHaveLength(23);
});

test("only one probe goes at a time, and only its own outcome counts", () => {
  const clock = simulatedClock();
  const one = breaker(clock);
  const late = one.permit();
  for (let n = 0; n < 20; n++) one.permit()?.(false);
  expect(one.state()).toBe("open");
  clock.advance(5_000);
  const probe = one.permit();
  expect(probe).toBeDefined();
  expect(one.permit()).toBeUndefined();
  late?.(true);
  expect(one.state()).toBe("halfOpen");
  probe?.(false);
  expect(one.state()).toBe("open");
});

test("a few failures, or old ones, open nothing", () => {
  const clock = simulatedClock();
  const one = breaker(clock);
  for (let n = 0; n < 19; n++) one.permit()?.(false);
  expect(one.state()).toBe("closed");
  clock.advance(10_000);
  for (let n = 0; n < 19; n++) one.permit()?.(false);
  expect(one.state()).toBe("closed");
  clock.advance(10_000);
  for (let n = 0; n < 100; n++) one.permit()?.(n % 5 > 1);
  expect(one.state()).toBe("closed");
});

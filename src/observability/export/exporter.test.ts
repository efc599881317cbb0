import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { seededRandom } from "../../core/ids.ts";
import { simulatedClock } from "../../testing/clock.ts";
import type { SimulatedClock } from "../../testing/clock.ts";
import { otlpMessages } from "../ingest/otlp/proto.contract.ts";
import { failuresMax, pauseMs, refusalsMax } from "./delivery.ts";
import type { Destination } from "./destination.ts";
import { openExporter } from "./exporter.ts";
import type { Exporter, ExporterOptions } from "./exporter.ts";
import { faultyServer, hang, reply, reset } from "./faults.contract.ts";
import type { FaultyServer, Got } from "./faults.contract.ts";
import type { DestinationFigures } from "./figures.ts";
import { batchOf, samples } from "./records.contract.ts";

const seed = 7;
const made = samples(seed);
const root = otlpMessages();

let folder = "";
let server: FaultyServer;
let clock: SimulatedClock;
let exporter: Exporter | undefined;
let losses: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "morning-export-"));
  server = await faultyServer();
  clock = simulatedClock();
  losses = [];
});
afterEach(async () => {
  await exporter?.close();
  exporter = undefined;
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const destination = (more: Partial<Destination> = {}): Destination => ({
  name: "peer",
  kind: "otlp-http",
  url: server.url,
  lingerMs: 0,
  ...more,
});

async function open(
  destinations: readonly Destination[],
  more: Partial<ExporterOptions> = {},
): Promise<Exporter> {
  exporter = await openExporter({
    folder,
    destinations,
    clock,
    random: seededRandom(seed),
    report: (name, signal, why, count) => losses.push(`${name} ${signal} ${why} ${count}`),
    ...more,
  });
  return exporter;
}

const log = (body: string): Uint8Array => batchOf({ logs: [made.log({ body, attributes: {} })] });

const figures = (index = 0): DestinationFigures =>
  exporter?.figures()[index] ?? expect.unreachable("no figures");

/** Waits for what needs no timer but the network and the disk. */
const until = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 5000, interval: 1 });

/** Moves the clock to the next attempt once the destination waits for it. */
async function toNextAttempt(state: "retrying" | "paused" = "retrying"): Promise<number> {
  await until(() =>
    expect([figures().state, clock.nextInMs() !== undefined]).toEqual([state, true]),
  );
  const requests = server.got.length;
  const waitMs = clock.nextInMs() ?? 0;
  clock.advance(waitMs);
  await until(() => expect(server.got.length).toBeGreaterThan(requests));
  return waitMs;
}

function bodiesIn({ body }: Got): string[] {
  const type = root.lookupType("LogsRequest");
  const decoded = type.toObject(type.decode(body)) as {
    resource_logs: { scope_logs: { log_records: { body: { string_value: string } }[] }[] }[];
  };
  return decoded.resource_logs.flatMap(({ scope_logs: scopes }) =>
    scopes.flatMap(({ log_records: records }) => records.map((one) => one.body.string_value)),
  );
}

const delivered = (count: number): Promise<void> =>
  until(() => expect(figures().delivered.logs).toBe(count));

describe(`export over OTLP/HTTP (seed ${seed})`, () => {
  it("sends each signal to its path, compressed, with the headers of the destination", async () => {
    const to = await open([destination({ headers: { "api-key": "k" }, compression: "zstd" })]);
    expect(
      await to.offer(batchOf({ logs: [made.log()], spans: [made.span()], points: [made.point()] })),
    ).toBe(true);
    await until(() => expect(server.got).toHaveLength(3));
    expect(server.got.map(({ path }) => path).toSorted()).toEqual([
      "/v1/logs",
      "/v1/metrics",
      "/v1/traces",
    ]);
    expect(server.got[0]?.headers).toMatchObject({
      "api-key": "k",
      "content-type": "application/x-protobuf",
      "content-encoding": "zstd",
    });
    await until(() =>
      expect(figures()).toMatchObject({ state: "idle", waitingBytes: 0, lagMs: 0 }),
    );
    expect(figures().delivered).toEqual({ logs: 1, spans: 1, points: 1 });
    expect(JSON.stringify(figures())).not.toContain('"k"');
  });

  it("puts together what comes within the linger", async () => {
    const to = await open([destination({ lingerMs: 1000 })]);
    for (const body of ["a", "b", "c"]) await to.offer(log(body));
    await until(() => expect(clock.nextInMs()).toBe(1000));
    await to.offer(log("d"));
    clock.advance(1000);
    await delivered(4);
    expect(server.got.map(bodiesIn)).toEqual([["a", "b", "c", "d"]]);
  });

  // OTLP specification, "Retryable Response Codes": 429, 502, 503 and 504, and no other.
  it.each([429, 502, 503, 504])("tries again after %i, and loses nothing", async (status) => {
    const to = await open([destination()]);
    server.replies.push(reply(status), reply(status));
    await to.offer(log("a"));
    await toNextAttempt();
    await toNextAttempt();
    await delivered(1);
    expect(server.got.map(bodiesIn)).toEqual([["a"], ["a"], ["a"]]);
    expect(figures()).toMatchObject({ retries: 2, requests: 3, lost: {} });
  });

  it.each([400, 401, 404, 408, 418, 500, 501, 505])(
    "does not try again after %i, and counts it",
    async (status) => {
      const to = await open([destination()]);
      server.replies.push(reply(status, {}, "no"));
      await to.offer(log("a"));
      await until(() => expect(losses).toEqual(["peer logs refused 1"]));
      await to.offer(log("b"));
      await delivered(1);
      expect(server.got.map(bodiesIn)).toEqual([["a"], ["b"]]);
      expect(figures().problem?.message).toContain(`${status}: no`);
    },
  );

  it("waits as long as Retry-After says, in seconds or as a date", async () => {
    const to = await open([destination()]);
    server.replies.push(reply(429, { "retry-after": "120" }), (response) => {
      const at = new Date(clock.now() + 600_000).toUTCString();
      reply(503, { "retry-after": at })(response, server.got[0] as Got);
    });
    await to.offer(log("a"));
    expect(await toNextAttempt()).toBe(120_000);
    const waitMs = await toNextAttempt();
    expect(waitMs).toBeGreaterThan(598_000);
    expect(waitMs).toBeLessThanOrEqual(600_000);
    await delivered(1);
  });

  it("backs off further with each failure, with jitter", async () => {
    const to = await open([destination()]);
    for (let index = 1; index < failuresMax; index++) server.replies.push(reply(503));
    await to.offer(log("a"));
    const waits: number[] = [];
    for (let index = 1; index < failuresMax; index++) waits.push(await toNextAttempt());
    waits.forEach((waitMs, index) => {
      expect(waitMs).toBeLessThanOrEqual(Math.min(30_000, 1000 * 2 ** index));
    });
    expect(new Set(waits).size).toBe(waits.length);
    await delivered(1);
  });

  it("takes a broken connection and a server that hangs for failures that pass", async () => {
    const to = await open([destination({ timeoutMs: 3000 })]);
    server.replies.push(reset, hang);
    await to.offer(log("a"));
    await toNextAttempt();
    await until(() => expect([figures().state, clock.nextInMs()]).toEqual(["sending", 3000]));
    clock.advance(3000);
    await until(() => expect(figures().problem?.message).toContain("no answer within 3000 ms"));
    await toNextAttempt();
    await delivered(1);
    expect(figures().lost).toEqual({});
  });

  it("counts what a partial success rejected, and does not send it again", async () => {
    const to = await open([destination()]);
    const type = root.lookupType("LogsResponse");
    const partial = { rejected_log_records: 2, error_message: "too old" };
    const body = type.encode(type.create({ partial_success: partial })).finish();
    server.replies.push(reply(200, { "content-type": "application/x-protobuf" }, body));
    await to.offer(batchOf({ logs: [made.log(), made.log(), made.log()] }));
    await delivered(1);
    expect(losses).toEqual(["peer logs rejected 2"]);
    expect(figures().problem?.message).toBe("2 rejected: too old");
    expect(server.got).toHaveLength(1);
  });

  it("reads a partial success in JSON too, since some answer so whatever was sent", async () => {
    const to = await open([destination()]);
    const body = JSON.stringify({ partialSuccess: { rejectedLogRecords: "1", errorMessage: "x" } });
    server.replies.push(reply(200, { "content-type": "application/json" }, body));
    await to.offer(batchOf({ logs: [made.log(), made.log()] }));
    await delivered(1);
    expect(losses).toEqual(["peer logs rejected 1"]);
  });

  it("sends less at once after 413, down to the record that is too large alone", async () => {
    const to = await open([destination()]);
    const bodies = ["a", "b", "huge", "d"];
    const picky = (): void => {
      server.replies.push((response, got) => {
        picky();
        reply(bodiesIn(got).includes("huge") ? 413 : 200)(response, got);
      });
    };
    picky();
    await to.offer(batchOf({ logs: bodies.map((body) => made.log({ body })) }));
    await delivered(3);
    expect(losses).toEqual(["peer logs too-large 1"]);
  });

  it("keeps requests within their bounds of records and bytes", async () => {
    const to = await open([destination({ recordsMax: 40, requestBytesMax: 5000 })]);
    const logs = Array.from({ length: 100 }, (_, index) =>
      made.log({ body: `${index}`.padEnd(200, "x"), attributes: {} }),
    );
    await to.offer(batchOf({ logs }));
    await delivered(100);
    for (const got of server.got) expect(got.body.length).toBeLessThanOrEqual(5000);
    expect(server.got.flatMap(bodiesIn)).toEqual(logs.map(({ body }) => body));
  });
});

describe("a destination that goes on failing", () => {
  it("is paused, tried with one request, and caught up with when it is back", async () => {
    const to = await open([destination()]);
    for (let index = 0; index <= failuresMax; index++) server.replies.push(reply(503));
    await to.offer(log("a"));
    for (let index = 1; index < failuresMax; index++) await toNextAttempt();
    const waitMs = await toNextAttempt("paused");
    expect(waitMs).toBeGreaterThanOrEqual(pauseMs);
    await to.offer(log("b"));
    await toNextAttempt("paused");
    await delivered(2);
    expect(figures().lost).toEqual({});
  });

  it("does not lose all that waits because of a wrong key", async () => {
    const to = await open([destination()]);
    for (let index = 0; index < refusalsMax; index++) server.replies.push(reply(401));
    for (let index = 0; index < 20; index++) {
      await to.offer(log(`${index}`));
      if (index < refusalsMax) await until(() => expect(losses).toHaveLength(index + 1));
    }
    await until(() => expect(figures().state).toBe("paused"));
    expect(server.got).toHaveLength(refusalsMax);
    await toNextAttempt("paused");
    await delivered(20 - refusalsMax);
  });

  it("loses what waited too long, and nothing else", async () => {
    const to = await open([destination({ ageMsMax: 60_000 })]);
    server.replies.push(reply(429, { "retry-after": "3000" }));
    await to.offer(log("old"));
    await until(() => expect(figures().state).toBe("retrying"));
    await to.offer(log("old too"));
    clock.advance(2_999_000);
    await to.offer(log("new"));
    clock.advance(1000);
    await delivered(1);
    expect(losses).toEqual(["peer logs expired 1", "peer logs expired 1"]);
    expect(bodiesIn(server.got.at(-1) as Got)).toEqual(["new"]);
  });

  it("does not hold up the others", async () => {
    const good = await faultyServer();
    try {
      const to = await open([destination(), destination({ name: "good", url: good.url })]);
      for (let index = 0; index < 50; index++) server.replies.push(hang);
      for (let index = 0; index < 20; index++) await to.offer(log(`${index}`));
      await until(() => expect(figures(1).delivered.logs).toBe(20));
      expect(figures(0).delivered.logs).toBeUndefined();
      expect(figures(0).waitingBytes).toBeGreaterThan(0);
      expect(figures(1).waitingBytes).toBe(0);
    } finally {
      await good.close();
    }
  });

  it("keeps what was not delivered over a restart, and sends it again whole", async () => {
    const first = await open([destination()]);
    server.replies.push(reply(503), reply(200), hang);
    await first.offer(log("a"));
    await until(() => expect(figures().state).toBe("retrying"));
    await first.offer(log("b"));
    await first.close();
    server.replies.splice(0);
    await open([destination()]);
    await delivered(2);
    expect(server.got.slice(1).flatMap(bodiesIn)).toEqual(["a", "b"]);
  });

  it("counts for each destination what a full buffer refuses", async () => {
    const to = await open([destination({ signals: ["spans"] }), destination({ name: "logs" })], {
      limits: { pendingBytesMax: 10 },
    });
    expect(await to.offer(log("a"))).toBe(false);
    expect(losses).toEqual(["logs logs buffer-full 1"]);
  });
});

describe("what a destination takes", () => {
  it.each([
    [{ name: "No" }, /name/],
    [{ url: "ftp://x" }, /http/],
    [{ url: "http://user:secret@x" }, /headers/],
    [{ kind: "zipkin", signals: ["logs"] }, /carries no logs/],
    [{ headers: { "a b": "c" } }, /header/],
    [{ headers: { a: "b\r\nc: d" } }, /header/],
    [{ timeoutMs: 0 }, /timeoutMs/],
    [{ kind: "otlp-grpc", compression: "zstd" }, /gzip/],
  ] as const)("%# is checked", async (more, why) => {
    const opening = open([destination(more as Partial<Destination>)]);
    await expect(opening).rejects.toMatchObject({
      code: "MOR_EXPORT_DESTINATION",
      message: expect.stringMatching(why) as string,
    });
  });

  it("has a name of its own", async () => {
    await expect(open([destination(), destination()])).rejects.toThrow(/two destinations/);
  });
});

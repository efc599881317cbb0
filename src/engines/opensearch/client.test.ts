import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { makeIds, systemRandom } from "../../core/ids.ts";
import { simulatedClock } from "../../testing/clock.ts";
import { makeOpenSearch } from "./client.ts";
import type { OpenSearch } from "./client.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Seen {
  readonly request: IncomingMessage;
  readonly body: string;
}

type Answer = (response: ServerResponse, seen: Seen) => void;

/** A server that answers as told, and remembers what it was asked. */
async function serve(answer: Answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const isZipped = request.headers["content-encoding"] === "gzip";
      const one = { request, body: (isZipped ? gunzipSync(raw) : raw).toString("utf8") };
      seen.push(one);
      answer(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };

const failure = (type: string, reason: string): unknown => ({
  error: { type, reason, root_cause: [{ type, reason: "deeper" }] },
});

describe("a client of opensearch", () => {
  it("takes credentials out of the address and sends them as a header", async () => {
    const { url, seen } = await serve(json(200, { hits: {} }));
    const withUser = url.replace("://", "://ad%40min:se%3Acret@");
    await makeOpenSearch({ url: withUser }).search("logs-*", { size: 0 });
    const [first] = seen;
    const basic = Buffer.from("ad@min:se:cret").toString("base64");
    expect(first?.request.headers.authorization).toBe(`Basic ${basic}`);
    expect(first?.request.url).toBe("/logs-*/_search");
  });

  it.each([
    [401, "MOR_OPENSEARCH_DENIED"],
    [403, "MOR_OPENSEARCH_DENIED"],
    [404, "MOR_NOT_FOUND"],
    [409, "MOR_CONFLICT"],
    [400, "MOR_OPENSEARCH_REFUSED"],
    [503, "MOR_ENGINE_UNAVAILABLE"],
  ])("names what %i means", async (status, code) => {
    const { url } = await serve(json(status, failure("some_exception", "why")));
    const call = makeOpenSearch({ url }).search("a", {});
    await expect(call).rejects.toMatchObject({
      code,
      message: expect.stringContaining("some_exception: why (deeper)"),
    });
  });

  it("says how long an overloaded cluster wants to rest", async () => {
    const { url } = await serve(json(429, failure("circuit", "full"), { "retry-after": "7" }));
    await expect(
      makeOpenSearch({ url }).bulk([{ op: "index", index: "a", document: {} }]),
    ).rejects.toMatchObject({ code: "MOR_OVERLOADED", details: { retryAfterMs: 7000 } });
  });

  it("bounds the answer, in time and in size", async () => {
    const large = await serve((response) => response.end(`"${"x".repeat(100_000)}"`));
    const small = makeOpenSearch({ url: large.url, answerBytesMax: 1000 });
    await expect(small.search("a", {})).rejects.toMatchObject({ code: "MOR_READ_TOO_LARGE" });

    const clock = simulatedClock();
    const hanging = await serve(() => clock.advance(5000));
    const patient = makeOpenSearch({ url: hanging.url, timeoutMs: 5000, clock });
    await expect(patient.search("a", {})).rejects.toMatchObject({ code: "MOR_TIMEOUT" });
  });

  it("gives up when its caller does", async () => {
    const abort = new AbortController();
    const { url } = await serve(() => abort.abort());
    const call = makeOpenSearch({ url }).search("a", {}, abort.signal);
    await expect(call).rejects.toMatchObject({ code: "MOR_CANCELLED" });
  });

  it("reads once more over a connection that broke, but writes once only", async () => {
    const { url, seen } = await serve((response, { request }) => {
      if (seen.length === 1 || request.method !== "GET") response.destroy();
      else
        json(200, { version: { distribution: "opensearch", number: "2.19.6" } })(
          response,
          seen[0] as Seen,
        );
    });
    const client = makeOpenSearch({ url });
    expect(await client.version()).toEqual({ distribution: "opensearch", number: "2.19.6" });
    expect(seen).toHaveLength(2);
    await expect(client.refresh("a")).rejects.toMatchObject({ code: "MOR_ENGINE_UNAVAILABLE" });
    expect(seen).toHaveLength(3);
  });

  it("refuses what is no OpenSearch", async () => {
    const { url } = await serve(json(200, { version: { number: "8.17.0" } }));
    const code = "MOR_OPENSEARCH_PROTOCOL";
    await expect(makeOpenSearch({ url }).version()).rejects.toMatchObject({ code });
    const page = await serve((response) => response.end("<html>"));
    await expect(makeOpenSearch({ url: page.url }).version()).rejects.toMatchObject({ code });
    const few = await serve(json(200, { items: [] }));
    const action = { op: "delete", index: "a", id: "1" } as const;
    await expect(makeOpenSearch({ url: few.url }).bulk([action])).rejects.toMatchObject({ code });
  });

  it("zips large bodies and leaves small ones", async () => {
    const { url, seen } = await serve(json(200, {}));
    const client = makeOpenSearch({ url });
    await client.search("a", { note: "x".repeat(5000) });
    await client.search("a", {});
    expect(seen.map(({ request }) => request.headers["content-encoding"])).toEqual([
      "gzip",
      undefined,
    ]);
    expect(seen[0]?.body).toContain("xxxxx");
  });

  it.each(["*", "logs-*", "_all", ""])("does not delete %j", async (index) => {
    const client = makeOpenSearch({ url: "http://127.0.0.1:9" });
    await expect(client.deleteIndex(index)).rejects.toMatchObject({ code: "MOR_INVALID" });
  });
});

const url = process.env["MORNING_TEST_OPENSEARCH_URL"];

describe.skipIf(url === undefined)("a real node [needs MORNING_TEST_OPENSEARCH_URL]", () => {
  const name = `client-${makeIds(systemClock, systemRandom).hex(6)}`;
  const open = (): OpenSearch => {
    const client = makeOpenSearch({ url: url ?? "" });
    return client;
  };

  it("takes a bulk item by item, and finds what it took", { timeout: 30_000 }, async () => {
    const client = open();
    expect((await client.version()).number).toMatch(/^[23]\./);
    await client.putTemplate(name, {
      index_patterns: [`${name}*`],
      template: {
        settings: { number_of_replicas: 0 },
        mappings: {
          properties: {
            at: { type: "date_nanos" },
            body: { type: "text" },
            service: { type: "keyword" },
            ms: { type: "double" },
          },
        },
      },
    });
    try {
      const document = { at: "2026-01-01T00:00:00.000000001Z", body: "Peer refused it", ms: 5 };
      const items = await client.bulk([
        { op: "create", index: name, id: "1", document: { ...document, service: "a" } },
        { op: "create", index: name, id: "1", document: { ...document, service: "a" } },
        { op: "index", index: name, id: "2", document: { ...document, ms: "no number" } },
        { op: "index", index: name, id: "3", document: { ...document, service: "b" } },
        { op: "delete", index: name, id: "none" },
      ]);
      expect(items.map(({ status }) => status)).toEqual([201, 409, 400, 201, 404]);
      expect(items[2]?.reason).toContain("mapper_parsing_exception");
      await client.refresh(name);
      const answer = await client.search(name, {
        query: { match: { body: "REFUSED" } },
        aggs: {
          time: { date_histogram: { field: "at", fixed_interval: "1m" } },
          pages: { composite: { sources: [{ s: { terms: { field: "service" } } }] } },
          spread: { percentiles: { field: "ms", percents: [50] } },
        },
      });
      expect(answer).toMatchObject({
        hits: { total: { value: 2 } },
        aggregations: {
          time: { buckets: [{ doc_count: 2 }] },
          pages: { buckets: [{ key: { s: "a" } }, { key: { s: "b" } }] },
          spread: { values: { "50.0": 5 } },
        },
      });
      await expect(client.search(name, { query: { nonsense: {} } })).rejects.toMatchObject({
        code: "MOR_OPENSEARCH_REFUSED",
      });
    } finally {
      await client.deleteIndex(name);
      await client.call({ method: "DELETE", path: `/_index_template/${name}` });
    }
    await expect(client.search(name, {})).rejects.toMatchObject({ code: "MOR_NOT_FOUND" });
    await client.deleteIndex(name);
  });
});

import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number;
}
type Pairs = readonly { readonly key: string; readonly value: Value }[];
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Pairs;
}
interface Line {
  readonly body: Value;
  readonly traceId?: string;
  readonly severityText: string;
  readonly attributes: Pairs;
}
type Scopes<Key extends string, T> = readonly { readonly [K in Key]: readonly T[] }[];

/** Takes OTLP/JSON in, and keeps it. */
async function collector() {
  const posts: { path: string; authorization: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      posts.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const parsed = <T>(path: string): T[] =>
    posts.filter((post) => post.path === path).map(({ body }) => JSON.parse(body) as T);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    spans: (): Span[] =>
      parsed<{ resourceSpans: { scopeSpans: Scopes<"spans", Span> }[] }>("/v1/traces")
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    lines: (): Line[] =>
      parsed<{ resourceLogs: { scopeLogs: Scopes<"logRecords", Line> }[] }>("/v1/logs")
        .flatMap(({ resourceLogs }) => resourceLogs)
        .flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
    resource: (): Pairs =>
      parsed<{ resourceSpans: { resource: { attributes: Pairs } }[] }>("/v1/traces")[0]
        ?.resourceSpans[0]?.resource.attributes ?? [],
  };
}

async function startService(otlp: string, env: Record<string, string> = {}) {
  const child = fork(join(import.meta.dirname, "server.ts"), {
    execArgv: ["--conditions=morning-source"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      ...process.env,
      PORT: "0",
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      MORNING_API_KEY: "k-1",
      ...env,
    },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [{ url }] = (await once(child, "message")) as [{ url: string }];
  return { child, url };
}

async function ended(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal ?? `exit ${code}`;
}

const value = (pairs: Pairs, key: string): string | number | undefined => {
  const found = pairs.find((pair) => pair.key === key)?.value;
  return found?.stringValue ?? found?.intValue;
};

test("one line: traces through fetch, console lines, figures, sent before the end", async () => {
  const otlp = await collector();
  const { child, url } = await startService(otlp.url);
  expect((await fetch(`${url}/quote/eur`)).status).toBe(200);
  expect((await fetch(`${url}/quote/xau`)).status).toBe(404);
  child.kill("SIGTERM");
  // Nobody else listens to the signal: it ends the process as it would have without.
  expect(await ended(child)).toBe("SIGTERM");
  expect(value(otlp.resource(), "service.name")).toBe("quotes");
  expect(value(otlp.resource(), "deployment.environment.name")).toBe("demo");
  expect(value(otlp.resource(), "service.version")).toMatch(/^\d+\.\d+\.\d+/);
  expect(new Set(otlp.posts.map(({ authorization }) => authorization))).toEqual(
    new Set(["Bearer k-1"]),
  );
  const spans = otlp.spans();
  const bad = spans.filter(({ attributes }) => value(attributes, "url.path") === "/quote/xau");
  const trace = spans.filter(({ traceId }) => traceId === bad[0]?.traceId);
  // The server's span, the call out of it, and the server's span of that call.
  expect(trace).toHaveLength(3);
  const root = trace.find(({ parentSpanId = "" }) => parentSpanId === "");
  const call = trace.find(({ parentSpanId }) => parentSpanId === root?.spanId);
  const inner = trace.find(({ parentSpanId }) => parentSpanId === call?.spanId);
  expect([root?.kind, call?.kind, inner?.kind]).toEqual([2, 3, 2]);
  expect(value(inner?.attributes ?? [], "http.response.status_code")).toBe(500);
  expect(value(inner?.attributes ?? [], "error.type")).toBe("500");
  // The exporter's own requests are no spans.
  expect(
    spans.filter(({ attributes }) => `${value(attributes, "url.full")}`.includes("/v1/")),
  ).toEqual([]);
  const error = otlp.lines().find(({ severityText }) => severityText === "ERROR");
  expect(error?.traceId).toBe(root?.traceId);
  expect(value(error?.attributes ?? [], "exception.type")).toBe("RangeError");
  expect(otlp.lines().map(({ body }) => body.stringValue)).toContain(
    "a quote is asked for { currency: 'eur' }",
  );
  const metrics = otlp.posts.filter(({ path }) => path === "/v1/metrics").map(({ body }) => body);
  expect(metrics.join("")).toContain("http.server.request.duration");
  expect(metrics.join("")).toContain("nodejs.eventloop.utilization");
});

test("an error that nobody caught is the last that is heard of it", async () => {
  const otlp = await collector();
  const { child, url } = await startService(otlp.url);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await fetch(`${url}/crash`).catch(() => undefined);
  expect(await ended(child)).toBe("exit 1");
  expect(said).toContain("TypeError: nobody caught this");
  const fatal = otlp.lines().find(({ severityText }) => severityText === "FATAL");
  expect(fatal?.body.stringValue).toBe("uncaught TypeError: nobody caught this");
  expect(value(fatal?.attributes ?? [], "exception.stacktrace")).toContain("failLater");
});

test("the environment wins, a collector that is away fails nobody", async () => {
  const otlp = await collector();
  const named = await startService(otlp.url, { OTEL_SERVICE_NAME: "other" });
  await fetch(`${named.url}/rate/usd`);
  named.child.kill("SIGTERM");
  await ended(named.child);
  expect(value(otlp.resource(), "service.name")).toBe("other");
  const away = await startService("http://127.0.0.1:9", { OTEL_EXPORTER_OTLP_TIMEOUT: "500" });
  expect((await fetch(`${away.url}/quote/usd`)).status).toBe(200);
  away.child.kill("SIGTERM");
  expect(await ended(away.child)).toBe("SIGTERM");
  const before = otlp.posts.length;
  const silent = await startService(otlp.url, { OTEL_SDK_DISABLED: "true" });
  expect((await fetch(`${silent.url}/rate/usd`)).status).toBe(200);
  silent.child.kill("SIGTERM");
  await ended(silent.child);
  expect(otlp.posts).toHaveLength(before);
});

import { connect } from "node:net";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { rawExchange, startRig, until } from "./rig.contract.ts";
import type { Answer, Rig } from "./rig.contract.ts";

const order = { sku: "a", amount: 1 };
const json = { "content-type": "application/json" };

/** Every refusal has its status, its code and a fix, and the platform goes on. */
function expectRefusal(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.problem.code]).toEqual([status, code]);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.problem.fix).toMatch(/\w/);
}

async function expectAlive(rig: Rig): Promise<void> {
  expect((await rig.call("POST", "/svc/orders/orders", { body: order })).status).toBe(201);
  expect(rig.lines.filter(({ level }) => level === "error")).toEqual([]);
}

/** The head of a raw answer, and its problem document. */
function rawProblem(text: string): { status: number; code: string } {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
  const code = /"code":"(MOR_\w+)"/.exec(text)?.[1] ?? "";
  return { status, code };
}

const post = (path: string, headers: readonly string[], body: string = ""): string =>
  [`POST ${path} HTTP/1.1`, "host: localhost", ...headers, "", body].join("\r\n");

test("oversized bodies are refused: with a length, without one, with a lie about it", async () => {
  const rig = await startRig();
  const text = JSON.stringify({ ...order, pad: "x".repeat(2 ** 20) });
  const refused = await rig.call("POST", "/svc/orders/orders", { body: text, headers: json });
  expectRefusal(refused, 413, "MOR_HTTP_BODY_TOO_LARGE");
  expect(refused.problem.details).toEqual({ bytesMax: 2 ** 20 });
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
  });
  const init = { method: "POST", headers: json, body: stream, duplex: "half" };
  const chunked = await fetch(`${rig.url}/svc/orders/orders`, init as RequestInit).catch(
    () => undefined,
  );
  // The server may cut the endless upload before the client has read the answer.
  if (chunked !== undefined) expect(chunked.status).toBe(413);
  const head = ["content-type: application/json", "content-length: 999999999", "connection: close"];
  expect(rawProblem(await rawExchange(rig.port, post("/svc/orders/orders", head, "{")))).toEqual({
    status: 413,
    code: "MOR_HTTP_BODY_TOO_LARGE",
  });
  const big = { text: "x".repeat(2 ** 21) };
  expect((await rig.call("POST", "/svc/orders/big", { body: big })).json).toEqual({
    length: 2 ** 21,
  });
  await expectAlive(rig);
});

test("a thousand oversized bodies leave memory as it was", async () => {
  const rig = await startRig();
  const text = `{"pad":"${"x".repeat(3 * 2 ** 20)}"}`;
  const flood = async (requests: number): Promise<void> => {
    for (let n = 0; n < requests; n += 10) {
      await Promise.all(
        Array.from({ length: 10 }, () =>
          rig
            .call("POST", "/svc/orders/orders", { body: text, headers: json })
            .catch(() => undefined),
        ),
      );
    }
  };
  await flood(200);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  await flood(800);
  const grownMib = (process.memoryUsage().rss - before) / 2 ** 20;
  expect(grownMib).toBeLessThan(200);
  await expectAlive(rig);
}, 120_000);

test("malformed and odd JSON is refused with its reason", async () => {
  const rig = await startRig();
  const cases: readonly [body: string, reason: RegExp][] = [
    ["{", /is not JSON/],
    ['{"sku":"a",}', /is not JSON/],
    ["\u0000", /is not JSON/],
    ["[".repeat(100_000), /is not JSON|nests deeper/],
    ["[".repeat(500) + "]".repeat(500), /nests deeper than 64 levels/],
    ['{"a":'.repeat(20_000) + "1" + "}".repeat(20_000), /nests deeper than 64 levels/],
    ['{"__proto__":{"admin":true}}', /the key __proto__/],
    [
      '{"sku":"a","amount":1,"x":{"constructor":{"prototype":{"admin":true}}}}',
      /the key constructor/,
    ],
    ["null", /is not valid/],
    ["[]", /is not valid/],
    ['"text"', /is not valid/],
    ['{"sku":7,"amount":"many"}', /at sku/],
    ['{"sku":"a","amount":1e999}', /at amount/],
    ['{"sku":"a","amount":-1}', /at amount/],
    [`{"sku":"a","amount":1,"tags":[${"1,".repeat(1_000)}1]}`, /at tags/],
  ];
  for (const [body, reason] of cases) {
    const refused = await rig.call("POST", "/svc/orders/orders", { body, headers: json });
    expectRefusal(refused, 400, "MOR_INVALID");
    expect(refused.problem.detail).toMatch(reason);
  }
  expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  await expectAlive(rig);
});

test("bytes that are no UTF-8 are refused, not replaced", async () => {
  const rig = await startRig();
  const body = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
  const response = await fetch(`${rig.url}/svc/orders/orders`, {
    method: "POST",
    headers: json,
    body,
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("is not UTF-8");
});

test("wrong content types and encodings are refused", async () => {
  const rig = await startRig();
  const body = JSON.stringify(order);
  for (const headers of [
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "multipart/form-data; boundary=x" },
    { "content-type": "application/jsonx" },
    { "content-type": "application/json", "content-encoding": "gzip" },
  ]) {
    const refused = await rig.call("POST", "/svc/orders/orders", { body, headers });
    expectRefusal(refused, 415, "MOR_HTTP_MEDIA_TYPE");
  }
  for (const type of [
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/vnd.x+json",
  ]) {
    const taken = await rig.call("POST", "/svc/orders/orders", {
      body,
      headers: { "content-type": type },
    });
    expect([type, taken.status]).toEqual([type, 201]);
  }
});

test("prototype-polluting keys in a query are refused", async () => {
  const rig = await startRig();
  for (const key of ["__proto__", "constructor", "prototype", "%5F_proto__"]) {
    const refused = await rig.call("GET", `/svc/orders/raw?${key}=x`);
    expectRefusal(refused, 400, "MOR_INVALID");
    expect(refused.problem.detail).toContain("which is not allowed");
  }
  expect((await rig.call("GET", "/svc/orders/raw?__proto__[x]=1")).json).toEqual({
    query: { "__proto__[x]": "1" },
  });
});

test("foreign hosts and origins and cross-site posts are refused everywhere", async () => {
  const rig = await startRig();
  for (const path of ["/", "/api/v1/overview", "/svc/orders/orders", "/metrics", "/openapi.json"]) {
    const head = (host: string): string =>
      `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
    for (const host of ["evil.com", `evil.com:${rig.port}`, "localhost.evil.com"]) {
      expect(rawProblem(await rawExchange(rig.port, head(host)))).toEqual({
        status: 421,
        code: "MOR_HTTP_HOST_REFUSED",
      });
    }
    for (const headers of [
      { origin: "http://evil.com" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    ]) {
      expectRefusal(await rig.call("GET", path, { headers }), 403, "MOR_HTTP_ORIGIN_REFUSED");
    }
  }
  // A form of another site, as a browser posts it.
  const headers = {
    origin: "http://evil.com",
    "content-type": "text/plain",
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "navigate",
  };
  const body = JSON.stringify({ name: "x", role: "admin" });
  expectRefusal(
    await rig.call("POST", "/api/v1/keys", { body, headers }),
    403,
    "MOR_HTTP_ORIGIN_REFUSED",
  );
  expect((await rig.call("GET", "/api/v1/keys")).json).toEqual({ keys: [] });
});

test("requests without a host, or with strange ones, are a 4xx with a problem", async () => {
  const rig = await startRig();
  for (const host of [
    "",
    "host: \r\n",
    "host: a b\r\n",
    "host: [::1\r\n",
    "host: localhost\r\nhost: evil.com\r\n",
    "host: localhost@evil.com\r\n",
    "host: ü\r\n",
  ]) {
    const text = await rawExchange(
      rig.port,
      `GET /svc/stock/pid HTTP/1.1\r\n${host}connection: close\r\n\r\n`,
    );
    const { status, code } = rawProblem(text);
    expect([host, status >= 400 && status < 500]).toEqual([host, true]);
    if (host !== "") expect([host, code]).toEqual([host, expect.stringMatching(/^MOR_HTTP_/)]);
  }
  await expectAlive(rig);
});

test("oversized and malformed headers and request lines are refused", async () => {
  const rig = await startRig();
  const cases: readonly [bytes: string, status: number][] = [
    [`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, 431],
    [`GET / HTTP/1.1\r\nhost: localhost\r\n${"a: b\r\n".repeat(5_000)}\r\n`, 431],
    [`GET /${"x".repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`, 431],
    ["GET / HTTP/1.1\r\nhost: localhost\r\nbad header: x\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nhost: localhost\r\nx: a\u0000b\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nhost: localhost\r\n continued: x\r\n\r\n", 400],
    ["GET / HTTP/9.9\r\nhost: localhost\r\n\r\n", 400],
    ["FROB / HTTP/1.1\r\nhost: localhost\r\n\r\n", 400],
    ["\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400],
    ["no request at all\r\n\r\n", 400],
  ];
  for (const [bytes, status] of cases) {
    const text = await rawExchange(rig.port, Buffer.from(bytes, "latin1"));
    const found = rawProblem(text);
    expect([bytes.slice(0, 60), found.status]).toEqual([bytes.slice(0, 60), status]);
    expect(found.code).toMatch(/^MOR_HTTP_(MALFORMED|HEADERS_TOO_LARGE)$/);
  }
  await expectAlive(rig);
});

test("header injection gets nowhere: not by the trace, not by a path", async () => {
  const rig = await startRig();
  const head = [
    "GET /svc/orders/through?x=%0d%0aset-cookie:%20a=b HTTP/1.1",
    "host: localhost",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate: \u00ff\u00fe",
    "baggage: a=%0d%0ax-injected:%20yes",
    "connection: close",
  ];
  const text = await rawExchange(rig.port, Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"));
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).not.toMatch(/^set-cookie/im);
  expect(text).not.toContain('"x-injected"');
  expect(text).not.toContain('"tracestate"');
});

test("paths that climb out of their folder, however encoded, show nothing", async () => {
  const rig = await startRig();
  const climbs = [
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    "..%2f..",
    "..%5c..",
    "%252e%252e",
    "..%c0%af..",
    "....//",
  ];
  for (const climb of climbs) {
    for (const [prefix, target] of [
      ["/", "/package.json"],
      ["/assets/", "/../package.json"],
      ["/", "/../../../../../../etc/passwd"],
      ["/svc/orders/", "/../api/v1/keys"],
    ]) {
      const head = "host: localhost\r\nconnection: close\r\n\r\n";
      const line = `GET ${prefix}${climb}${target} HTTP/1.1\r\n${head}`;
      const text = await rawExchange(rig.port, line);
      expect([line, rawProblem(text).status]).not.toEqual([line, 500]);
      expect(text).not.toContain('"dependencies"');
      expect(text).not.toContain("root:");
    }
  }
  await expectAlive(rig);
});

test.each([
  "/%E0%A4%A",
  "/%",
  "/a%00b.js",
  "/assets/%",
  "/svc/orders/orders/%E0%A4%A",
  "/%5c..%5cx.js",
  "/svc/%E0%A4%A/x",
])("the malformed path %s is a 4xx, or the route's own affair", async (path) => {
  const rig = await startRig();
  const { status } = await rig.call("GET", path);
  expect(status >= 400 && status < 500).toBe(true);
  await expectAlive(rig);
});

test("requests that two servers would read differently are refused (smuggling)", async () => {
  const rig = await startRig();
  const hidden = "GET /api/v1/keys HTTP/1.1\r\nhost: localhost\r\n\r\n";
  const type = "content-type: application/json";
  const cases = [
    post(
      "/svc/orders/jobs",
      [type, "content-length: 4", "transfer-encoding: chunked"],
      `0\r\n\r\n${hidden}`,
    ),
    post(
      "/svc/orders/jobs",
      [type, "transfer-encoding: chunked", "transfer-encoding: identity"],
      `0\r\n\r\n${hidden}`,
    ),
    post("/svc/orders/jobs", [type, "content-length: 1", "content-length: 2"], `{}${hidden}`),
    post("/svc/orders/jobs", [type, "content-length: -1"], hidden),
    post("/svc/orders/jobs", [type, "content-length: 1e3"], hidden),
    post("/svc/orders/jobs", [type, "content-length: 5, 5"], hidden),
    post("/svc/orders/jobs", [type, "transfer-encoding: xchunked"], hidden),
    post("/svc/orders/jobs", [type, "transfer-encoding : chunked"], hidden),
    post("/svc/orders/jobs", [type, "transfer-encoding: chunked"], `xyz\r\n${hidden}`),
    post(
      "/svc/orders/jobs",
      [type, "transfer-encoding: chunked"],
      `FFFFFFFFFFFFFFFFF\r\n${hidden}`,
    ),
    post("/svc/orders/jobs", [type, "transfer-encoding: chunked"], `2\r\n{}x\r\n${hidden}`),
  ];
  for (const bytes of cases) {
    const text = await rawExchange(rig.port, bytes);
    const answers = text.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    expect([bytes, answers]).toEqual([bytes, ["HTTP/1.1 400"]]);
    expect(rawProblem(text).code).toMatch(/^MOR_/);
    expect(text).not.toContain('"keys"');
  }
  await expectAlive(rig);
});

test("a peer that sends slowly is cut off by name, and others are served meanwhile", async () => {
  const rig = await startRig({
    limits: { headersTimeoutMs: 300, requestTimeoutMs: 600, checkMs: 50 },
  });
  const sockets: Socket[] = [];
  const texts: string[] = [];
  const open = (first: string): Promise<void> =>
    new Promise((resolve) => {
      const index = texts.push("") - 1;
      const socket = connect(rig.port, "127.0.0.1", () => socket.write(first));
      socket.on("data", (chunk) => (texts[index] += chunk.toString()));
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
      sockets.push(socket);
    });
  const closed = [
    ...Array.from({ length: 100 }, () => open("GET / HTTP/1.1\r\nhost: localhost\r\nx: ")),
    open(
      post("/svc/orders/orders", ["content-type: application/json", "content-length: 100"], "{"),
    ),
  ];
  await until(() => sockets.length === 101);
  await expectAlive(rig);
  await Promise.all(closed);
  for (const text of texts.slice(0, 100))
    expect(rawProblem(text)).toEqual({ status: 408, code: "MOR_HTTP_TOO_SLOW" });
  await expectAlive(rig);
});

test("a peer that leaves in the middle of a body costs nothing", async () => {
  const rig = await startRig();
  for (let n = 0; n < 50; n++) {
    await new Promise<void>((resolve) => {
      const head = ["content-type: application/json", "content-length: 1000"];
      const socket = connect(rig.port, "127.0.0.1", () => {
        socket.write(post("/svc/orders/orders", head, '{"sku":'), () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });
  }
  await expectAlive(rig);
});

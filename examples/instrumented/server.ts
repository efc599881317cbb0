/* oxlint-disable no-console -- the console is what this service logs to */
// A plain Node service that knows nothing of Morning but one line. With Morning running:
//   node examples/instrumented/server.ts
//   curl localhost:3000/quote/eur
import { createServer } from "node:http";
import { instrument } from "morning-ai/observability";

await instrument({ service: "quotes", environment: "demo" });

const rates: Readonly<Record<string, number>> = { eur: 1.17, usd: 1.27, twd: 41.2 };

async function answer(path: string): Promise<{ status: number; body: object }> {
  const [, kind, currency = ""] = path.split("/");
  if (kind === "rate") {
    const rate = rates[currency];
    if (rate === undefined) throw new RangeError(`no rate of ${currency}`);
    return { status: 200, body: { rate } };
  }
  if (kind === "quote") {
    console.log("a quote is asked for", { currency });
    // A call like any other: it carries the trace.
    const response = await fetch(`${url()}/rate/${currency}`);
    const { rate } = (await response.json()) as { rate?: number };
    return rate === undefined
      ? { status: 404, body: { error: `nobody trades ${currency}` } }
      : { status: 200, body: { pounds: 100, buys: Math.round(100 * rate) } };
  }
  if (kind === "crash") setTimeout(() => failLater(), 1);
  return { status: 404, body: {} };
}

function failLater(): never {
  throw new TypeError("nobody caught this");
}

const server = createServer((request, response) => {
  void answer(request.url ?? "/")
    .catch((error: unknown) => {
      console.error("cannot answer", error);
      return { status: 500, body: { error: String(error) } };
    })
    .then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
});

function url(): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  process.send?.({ url: url() });
  process.stdout.write(`quotes at ${url()}\n`);
});

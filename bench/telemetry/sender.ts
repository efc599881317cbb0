/**
 * A client of its own process: makes OTLP requests beforehand, says `ready`, and on `go` sends them
 * over a few kept connections, coming again when told to. Prints what it did as JSON.
 */
import { Agent, request } from "node:http";
import { once } from "node:events";
import { seededRandom } from "../../src/core/ids.ts";
import type { LogRecord, SpanRecord } from "../../src/observability/signals/records.ts";
import { logsRequest, spansRequest } from "./otlp.ts";
import { logsJson, Shop, spansJson } from "./shop.ts";

const [port = "", signal = "logs", total = "0", seed = "1"] = process.argv.slice(2);
/** Records of a request: the default of SDKs' batch processors. */
const size = 512;
const connections = 8;

const bodies: Buffer[] = [];
let records = 0;
let jsonBytes = 0;
let jsonRecords = 0;

function keep(batch: readonly (LogRecord | SpanRecord)[]): void {
  const isLogs = signal === "logs";
  const logs = batch as readonly LogRecord[];
  const spans = batch as readonly SpanRecord[];
  bodies.push(isLogs ? logsRequest(logs) : spansRequest(spans));
  records += batch.length;
  // Every tenth request is also written as JSON, for the size of what is sent.
  if (bodies.length % 10 !== 1) return;
  jsonRecords += batch.length;
  jsonBytes += Buffer.byteLength(isLogs ? logsJson(logs) : spansJson(spans));
}

const shop = new Shop(seededRandom(Number(seed)), {
  startNs: BigInt(Date.now() - 60_000) * 1_000_000n,
  stepNs: 60_000,
});
let waiting: (LogRecord | SpanRecord)[] = [];
while (records < Number(total)) {
  const made = shop.next();
  waiting.push(...(signal === "logs" ? made.logs : made.spans));
  if (waiting.length < size) continue;
  keep(waiting);
  waiting = [];
}

const agent = new Agent({ keepAlive: true, maxSockets: connections });
const path = signal === "logs" ? "/v1/logs" : "/v1/traces";
let again = 0;

/** Sends one request; gives how long to wait before sending it again, 0 when it was taken. */
function post(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const options = { host: "127.0.0.1", port, path, method: "POST", agent, headers };
    const sent = request(options, (answer) => {
      answer.resume();
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve(0);
        else if (answer.statusCode === 429 || answer.statusCode === 503) {
          resolve(Number(answer.headers["retry-after"] ?? 1) * 1000);
        } else reject(new Error(`the answer was ${answer.statusCode}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

console.log("ready");
await once(process.stdin, "data");
const startedMs = performance.now();
let next = 0;
const latencies: number[] = [];

async function lane(): Promise<void> {
  for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
    for (;;) {
      const sentMs = performance.now();
      const waitMs = await post(body);
      if (waitMs === 0) {
        latencies.push(performance.now() - sentMs);
        break;
      }
      again++;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

await Promise.all(Array.from({ length: connections }, lane));
const sorted = latencies.toSorted((a, b) => a - b);
const seconds = (performance.now() - startedMs) / 1000;
console.log(
  JSON.stringify({
    records,
    seconds,
    again,
    bytes: bodies.reduce((sum, body) => sum + body.length, 0),
    jsonBytesPerRecord: jsonBytes / jsonRecords,
    p50: sorted[Math.floor(sorted.length / 2)],
    p99: sorted[Math.floor(sorted.length * 0.99)],
    cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  }),
);
process.exit(0);

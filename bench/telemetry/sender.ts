/**
 * A client of its own process: reads OTLP requests from a file, says `ready`, and on `go` sends
 * them over a few kept connections, coming again when told to. Prints what it did as JSON.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { readLoad } from "./load.ts";

const [url = "", file = ""] = process.argv.slice(2);
const connections = 8;
const bodies = readLoad(file);
const agent = new Agent({ keepAlive: true, maxSockets: connections });
let again = 0;

/** Sends one request; gives how long to wait before sending it again, 0 when it was taken. */
function post(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": body.length };
    const sent = request(url, { method: "POST", agent, headers }, (answer) => {
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

const hash = createHash("sha256");
for (const body of bodies) hash.update(body);
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
const seconds = (performance.now() - startedMs) / 1000;
const sorted = latencies.toSorted((a, b) => a - b);
console.log(
  JSON.stringify({
    seconds,
    again,
    sha256: hash.digest("hex"),
    p50: sorted[Math.floor(sorted.length / 2)],
    p99: sorted[Math.floor(sorted.length * 0.99)],
  }),
);
process.exit(0);

import { encodeLogs, encodeSpans } from "../../src/observability/export/otlp.ts";
import type { Records } from "../../src/observability/export/read.ts";
import type { Beside } from "./fill.ts";
import type { Running, Sent } from "./peers/peer.ts";

/** Records of a request: larger ones are refused by some. */
const size = 2000;

function* requests(signal: Sent, records: Records): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < records[signal].length; at += size) {
    yield signal === "logs"
      ? encodeLogs(records.logs.slice(at, at + size))
      : encodeSpans(records.spans.slice(at, at + size));
  }
}

/** Fills a peer over OTLP with what Morning's engine is filled with. */
export function besideOf(name: string, signal: Sent, running: Running): Beside {
  const url = running.urls[signal] ?? "";
  const headers = { "content-type": "application/x-protobuf" };
  return {
    name,
    async take(records) {
      for (const body of requests(signal, records)) {
        const answer = await fetch(url, { method: "POST", headers, body });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${name}: ${answer.status} ${text.slice(0, 300)}`);
      }
    },
  };
}

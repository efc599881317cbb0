import { describe, expect, it } from "vitest";
import { batchWriter, decodeBatch, encodeBatch } from "./batch.ts";
import { recordWriter, textOf, valueOf } from "./rows.ts";
import type { LogRecord } from "./records.ts";

const origin = {
  resource: { "service.name": "orders", "service.version": "7" },
  scopeName: "shop",
  scopeVersion: "",
  scopeAttributes: {},
};

const line: LogRecord = {
  origin,
  timeNs: 1_700_000_000_000_000_001n,
  observedNs: 0n,
  severity: 9,
  severityText: "INFO",
  body: "訂單 42 成立",
  eventName: "",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  attributes: { "http.response.status_code": 200, list: [1, "b"], yes: true },
};

describe("a batch", () => {
  it("comes back as it was written, an origin once", () => {
    const writer = recordWriter(batchWriter());
    writer.log(line);
    writer.log({ ...line, origin: { ...origin }, body: "" });
    const batch = decodeBatch(encodeBatch(writer.batch));
    expect(batch.origins?.rows).toBe(1);
    expect(batch.logs?.rows).toBe(2);
    expect(batch.spans).toBeUndefined();
    const body = batch.logs?.columns["body"]?.data ?? new Uint8Array();
    expect(Buffer.from(body).toString("utf8")).toContain("訂單 42 成立");
    const trace = batch.logs?.columns["trace_id"]?.data ?? new Uint8Array();
    expect(Buffer.from(trace.subarray(0, 16)).toString("hex")).toBe(line.traceId);
    expect([...(batch.logs?.columns["attributes"]?.data ?? [])]).toEqual([3, 0, 3, 0]);
  });

  it("refuses bytes that are cut or of another version", () => {
    const writer = recordWriter(batchWriter());
    writer.log(line);
    const encoded = encodeBatch(writer.batch);
    expect(() => decodeBatch(encoded.subarray(0, 90))).toThrow(RangeError);
    expect(() => decodeBatch(new Uint8Array([9, 0, 0]))).toThrow(/version 9/);
  });

  it("keeps what an attribute's value was", () => {
    for (const value of ["a", 1, 1.5, true, 2n ** 60n, [1, { a: "b" }], { k: 1 }] as const) {
      expect(valueOf(...textOf(value))).toEqual(value);
    }
  });
});

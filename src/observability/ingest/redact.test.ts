import { describe, expect, it } from "vitest";
import { makeRedactor } from "../logs/redaction/index.ts";
import { readBatch } from "../export/read.ts";
import { redactBatch } from "./redact.ts";
import { Sheet } from "./sheet.ts";

const origin = {
  resource: { "service.name": "orders", "process.command_line": "run --password=hunter2secret" },
  scopeName: "",
  scopeVersion: "",
  scopeAttributes: {},
};
const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

const log = (body: string, attributes: object = {}) => ({
  origin,
  timeNs: 1n,
  observedNs: 1n,
  severity: 9,
  severityText: "",
  body,
  eventName: "",
  ...ids,
  attributes: attributes as Readonly<Record<string, string>>,
});

function redacted(write: (records: ReturnType<Sheet["records"]>) => void) {
  const sheet = new Sheet();
  write(sheet.records());
  redactBatch(makeRedactor())(sheet.batch);
  return readBatch(sheet.take());
}

describe("redaction of a batch", () => {
  it("changes the texts that hold a secret, and no others", () => {
    const clean = log("order 42 from 10.0.0.7 took 12 ms", { route: "/orders/:id", ms: 12 });
    const { logs } = redacted((records) => {
      records.log(clean);
      records.log(log("login by ann@example.com", { note: "mail bob@example.com", n: 4 }));
      records.log(clean);
    });
    expect(logs.map(({ body }) => body)).toEqual([
      clean.body,
      "login by [redacted:email]",
      clean.body,
    ]);
    expect(logs.map(({ attributes }) => attributes)).toEqual([
      clean.attributes,
      { note: "mail [redacted:email]", n: 4 },
      clean.attributes,
    ]);
  });

  it("looks at keys: a secret is one whatever it looks like", () => {
    const attributes = {
      "http.request.header.authorization": ["x"],
      password: "plain",
      tokens: 7,
      nested: { password: "p", kept: [1, "a"] },
    };
    const { logs } = redacted((records) => records.log(log("", attributes)));
    expect(logs[0]?.attributes).toEqual({
      "http.request.header.authorization": "[redacted:key]",
      password: "[redacted:key]",
      tokens: 7,
      nested: { password: "[redacted:key]", kept: [1, "a"] },
    });
  });

  it("reaches events, links, status, errors and resources, and leaves JSON whole", () => {
    const secret = 'ann@example.com said "no"';
    const found = redacted((records) => {
      records.span({
        origin,
        ...ids,
        parentSpanId: "",
        traceState: "",
        name: "mail ann@example.com",
        kind: 0,
        startNs: 1n,
        durationNs: 1n,
        status: 2,
        statusMessage: secret,
        attributes: {},
        events: [{ timeNs: 4_111_111_111_111_111n, name: "e", attributes: { secret, ok: secret } }],
        links: [{ ...ids, attributes: { to: secret } }],
        weight: 1,
      });
      records.error({
        origin,
        timeNs: 1n,
        type: "Error",
        message: secret,
        stack: secret,
        fingerprint: "f",
        source: "span",
        handled: true,
        release: "",
        user: "ann@example.com",
        ...ids,
        attributes: {},
        breadcrumbs: JSON.stringify([{ message: secret, data: { password: "p" } }]),
      });
    });
    const told = '[redacted:email] said "no"';
    expect(found.spans).toMatchObject([
      {
        name: "mail [redacted:email]",
        statusMessage: told,
        events: [
          {
            timeNs: 4_111_111_111_111_111n,
            name: "e",
            attributes: { secret: "[redacted:key]", ok: told },
          },
        ],
        links: [{ ...ids, attributes: { to: told } }],
      },
    ]);
    expect(found.errors).toMatchObject([
      { message: told, stack: told, user: "[redacted:email]", traceId: ids.traceId },
    ]);
    expect(JSON.parse(found.errors[0]?.breadcrumbs ?? "")).toEqual([
      { message: told, data: { password: "[redacted:key]" } },
    ]);
    const command = found.spans[0]?.origin.resource["process.command_line"];
    expect(command).not.toContain("hunter2secret");
    expect(found.spans[0]?.origin.resource["service.name"]).toBe("orders");
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { MorningError } from "../../core/errors.ts";
import type { EventEnvelope } from "./envelope.ts";
import { compileInput } from "./input.ts";

const envelope: EventEnvelope = {
  version: "0",
  id: "7bf73129-1428-4cd3-a780-95db273d1602",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: "123456789012",
  time: "2015-11-11T21:29:54Z",
  region: "us-east-1",
  resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
  detail: {
    _morning: { traceparent: "t" },
    "instance-id": "i-0123456789",
    state: 'RUN"NING',
    count: 3,
    none: null,
    list: [{ id: 1 }, { id: 2 }, { other: 3 }],
    deep: { a: "b" },
  },
};
const around = {
  ruleName: "rule",
  ruleArn: "arn:rule",
  ingestedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
};

function made(paths: Record<string, string>, template: string): unknown {
  return JSON.parse(compileInput({ paths, template }, "subscription s")(envelope, around));
}

test("bare placeholders become JSON, those within quotation marks text", () => {
  const paths = { state: "$.detail.state", count: "$.detail.count", deep: "$.detail.deep" };
  const template =
    '{"bare":<state>,"text":"is <state>, <count>","n":<count>,"d":<deep>,"s":"<deep>"}';
  expect(made(paths, template)).toEqual({
    bare: 'RUN"NING',
    text: 'is RUN"NING, 3',
    n: 3,
    d: { a: "b" },
    s: "{a:b}",
  });
  expect(made(paths, '"<state> twice <state>"')).toBe('RUN"NING twice RUN"NING');
});

test.each([
  ["$.detail.instance-id", "i-0123456789"],
  ["$.detail['instance-id']", "i-0123456789"],
  ["$.resources[0]", "arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
  ["$.resources[7]", ""],
  ["$.detail.list[1].id", 2],
  ["$.detail.list[*].id", [1, 2]],
  ["$.detail.deep.*", ["b"]],
  ["$.detail.none", null],
  ["$.detail.missing.more", ""],
  ["$.detail.constructor", ""],
  ["$.detail-type", "EC2 Instance State-change Notification"],
])("the path %s leads to %j", (path, value) => {
  expect(made({ value: path }, '{"value":<value>}')).toEqual({ value: value ?? "" });
});

test("the predefined variables are the rule, the time of ingestion and the event", () => {
  const template =
    '{"arn":"<aws.events.rule-arn>","name":<aws.events.rule-name>,' +
    '"at":"<aws.events.event.ingestion-time>","head":<aws.events.event>,' +
    '"all":<aws.events.event.json>}';
  const { _morning: _, ...detail } = envelope.detail;
  const { detail: __, ...head } = envelope;
  expect(made({}, template)).toEqual({
    arn: "arn:rule",
    name: "rule",
    at: "2026-01-02T03:04:05Z",
    head,
    all: { ...head, detail },
  });
});

test.each([
  [{}, "{"],
  [{}, "plain text"],
  [{}, '{"a":<unknown>}'],
  [{ a: "detail.x" }, "{}"],
  [{ a: "$.detail[?(@.x)]" }, "{}"],
  [{ "a b": "$.x" }, "{}"],
  [{}, `"${"x".repeat(8200)}"`],
  [Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`n${at}`, "$.id"])), "{}"],
])("the transformer %j %j is refused by name", (paths, template) => {
  let code = "";
  try {
    compileInput({ paths, template } as never, "subscription s");
  } catch (error) {
    if (MorningError.is(error)) code = error.code;
  }
  expect(code).toBe("MOR_EVENT_INPUT_INVALID");
});

test("whatever the event holds, what is made is JSON", () => {
  const transformer = {
    paths: { a: "$.detail.a", b: "$.detail.b[*]" },
    template: '{"a":<a>,"text":"-<a>-<b>-","b":<b>,"all":<aws.events.event.json>}',
  };
  const compiled = compileInput(transformer, "subscription s");
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const text = compiled({ ...envelope, detail: { a, b } }, around);
      const value = JSON.parse(text) as { a: unknown; text: unknown };
      expect(value.a).toEqual(JSON.parse(JSON.stringify(a ?? "")));
      expect(typeof value.text).toBe("string");
    }),
  );
});

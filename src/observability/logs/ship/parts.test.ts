import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CommandRun } from "../../../core/command.ts";
import { seededRandom } from "../../../core/ids.ts";
import { until } from "../../../server/rig.contract.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import type { SimulatedClock } from "../../../testing/clock.ts";
import type { AnyRecord, Outcome, Protocol } from "../../export/protocol.ts";
import { delivered } from "../../export/protocol.ts";
import type { LogRecord } from "../../signals/records.ts";
import { exceptionOf } from "./exception.ts";
import { followFile } from "./follow.ts";
import { LineJoiner, joinMs } from "./joiner.ts";
import { LineSplitter, lineBytesMax } from "./lines.ts";
import { recordOf } from "./record.ts";
import { makeSender } from "./sender.ts";
import { settingsOf } from "./settings.ts";
import type { Sender, SenderLimits } from "./sender.ts";

const origin = { resource: {}, scopeName: "", scopeVersion: "", scopeAttributes: {} };
const record = (text: string): LogRecord =>
  recordOf({ text, atMs: 0 }, { origin, attributes: {} }, 5n);

describe("lines", () => {
  it("are the same however the bytes come in pieces", () => {
    const seed = 4711;
    const random = seededRandom(seed);
    const wanted = ["a", "", "日本語 ü", "x".repeat(5_000), "cr", "end"];
    const bytes = Buffer.from(wanted.join("\n").replace("cr\n", "cr\r\n"));
    for (let run = 0; run < 200; run++) {
      const lines: string[] = [];
      const splitter = new LineSplitter((line) => lines.push(line));
      for (let at = 0; at < bytes.length;) {
        const size = 1 + Math.floor(random.next() ** 4 * 3_000);
        const piece = Buffer.from(bytes.subarray(at, at + size));
        splitter.write(piece);
        // Whoever reads into the same buffer again must not change what waits.
        piece.fill(0x21);
        at += size;
      }
      splitter.end();
      expect(lines, `seed ${seed}`).toEqual(wanted);
    }
  });

  it("are cut at their limit, and the next one is whole", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let at = 0; at < 20; at++) splitter.write(Buffer.alloc(lineBytesMax / 10, 0x61));
    splitter.write(Buffer.from("\nnext\n"));
    expect(lines.map(({ length }) => length)).toEqual([lineBytesMax, 4]);
    expect(splitter.cut).toBe(1);
  });
});

const python = [
  "Traceback (most recent call last):",
  '  File "/app/pay.py", line 3, in pay',
  "    charge()",
  "ValueError: too little",
  "",
  "During handling of the above exception, another exception occurred:",
  "",
  "Traceback (most recent call last):",
  '  File "/app/main.py", line 9, in <module>',
  "shop.PayError: order 42",
];
const java = [
  'Exception in thread "main" com.shop.PayException: declined',
  "\tat com.shop.Pay.charge(Pay.java:42)",
  "Caused by: java.io.IOException: reset",
  "\tat com.shop.Net.read(Net.java:7)",
  "\t... 3 more",
];
const go = [
  "panic: runtime error: index out of range",
  "",
  "goroutine 1 [running]:",
  "main.pay(0x1)",
  "\t/app/pay.go:42 +0x1d",
  "exit status 2",
];
const node = [
  "TypeError: x is not a function",
  "    at pay (/app/pay.js:3:1) {",
  "  code: 'X'",
  "}",
];

describe("lines of one entry", () => {
  function joined(lines: readonly string[]): string[] {
    const clock = simulatedClock();
    const entries: string[] = [];
    const joiner = new LineJoiner(clock, ({ text }) => entries.push(text));
    for (const line of lines) joiner.add(line);
    clock.advance(joinMs);
    return entries;
  }

  it.each([
    ["python", python, "shop.PayError", "order 42"],
    ["java", java, "com.shop.PayException", "declined"],
    ["go", go, "panic", "runtime error: index out of range"],
    ["node", node, "TypeError", "x is not a function"],
  ])("a stack of %s is one, and names its exception", (_name, lines, type, message) => {
    const text = lines.join("\n");
    expect(joined(["before", ...lines, "after"])).toEqual(["before", text, "after"]);
    expect(exceptionOf(text)).toMatchObject({
      "exception.type": type,
      "exception.message": message,
    });
  });

  it("what is logged with an exception is one with it", () => {
    const lines = ["ERROR:shop:order 42 failed", ...python];
    expect(joined(lines)).toEqual([lines.join("\n")]);
  });

  it("objects are one each, over lines too; words stay apart", () => {
    const lines = ['{"a":1}', '{"b":2}', "{", '  "msg": "three"', "}", "four", "five"];
    const entries = ['{"a":1}', '{"b":2}', '{\n  "msg": "three"\n}', "four", "five"];
    expect(joined(lines)).toEqual(entries);
    expect(record(entries[2] ?? "").body).toBe("three");
  });

  it("do not wait for ever, nor grow for ever", () => {
    const clock = simulatedClock();
    const entries: string[] = [];
    const joiner = new LineJoiner(clock, ({ text }) => entries.push(text));
    joiner.add("first");
    clock.advance(joinMs - 1);
    expect(entries).toEqual([]);
    clock.advance(1);
    joiner.add("  late");
    clock.advance(joinMs);
    expect(entries).toEqual(["first", "  late"]);
    for (let at = 0; at < 2_500; at++) joiner.add(`  at ${at}`);
    joiner.flush();
    expect(entries).toHaveLength(5);
  });
});

describe("records", () => {
  it("know the exceptions of pino and winston, and no others", () => {
    const stack = "PayError: no\n    at pay (/a.js:1:1)";
    const pino = record(
      JSON.stringify({ level: 50, msg: "x", err: { type: "PayError", message: "no", stack } }),
    );
    expect(pino.attributes).toEqual({
      "exception.type": "PayError",
      "exception.message": "no",
      "exception.stacktrace": stack,
    });
    const winston = record(JSON.stringify({ level: "error", message: "x", stack }));
    expect(winston.attributes).toMatchObject({ "exception.type": "PayError" });
    expect(record('{"level":"info","msg":"x","error":"none"}').attributes).toEqual({
      error: "none",
    });
    expect(record("ERROR: nothing to see").attributes).toEqual({});
  });

  it("keep their instant within what a column holds, and ids that are ids", () => {
    expect(record('{"time":99999999999,"msg":"x"}').timeNs).toBe(5n);
    expect(record(`{"trace_id":"${"0".repeat(32)}","msg":"x"}`).traceId).toBe("");
    expect(record(`{"__proto__":{"polluted":1},"msg":"x"}`).body).toBe("x");
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
    expect(record(deep).body).toBe(deep);
  });
});

describe("settings", () => {
  const call = (options: CommandRun["options"], rest: readonly string[] = []): CommandRun => ({
    args: {},
    options,
    rest,
    api: { request: () => Promise.reject(new Error("no platform is asked")) },
    out: () => {},
    wait: () => Promise.resolve(),
  });

  it.each([
    [{ grace: "soon" }, "--grace is soon"],
    [{ buffer: "-1" }, "--buffer is -1"],
    [{ otlp: "ftp://host" }, "url must be http:// or https://"],
    [{ otlp: "http://key:secret@host" }, "put credentials into headers"],
  ])("refuse %j", (options, said) => {
    expect(() => settingsOf(call(options), {})).toThrow(said);
  });

  it("are those of OpenTelemetry where an option is left out", () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a%20b",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=shop,service.version=1.2",
      MORNING_API_KEY: "key",
    };
    const settings = settingsOf(call({ file: ["a.log"] }, ["node", "--x"]), environment);
    expect(settings).toMatchObject({
      service: "shop",
      resource: { "service.version": "1.2" },
      destination: {
        url: "http://collector:4318",
        headers: { authorization: "Bearer key", "x-tenant": "a b" },
      },
      files: ["a.log"],
      command: ["node", "--x"],
    });
    const given = settingsOf(call({ otlp: "http://here:1", service: "web" }), environment);
    expect(given).toMatchObject({ service: "web", destination: { url: "http://here:1" } });
  });
});

interface Rig {
  readonly clock: SimulatedClock;
  readonly sender: Sender;
  readonly warned: string[];
  readonly requests: string[][];
}

function rig(
  answer: (request: number, bodies: string[]) => Outcome,
  limits: Partial<SenderLimits> = {},
): Rig {
  const clock = simulatedClock();
  const warned: string[] = [];
  const requests: string[][] = [];
  const protocol: Protocol = {
    encode: (_signal, records: readonly AnyRecord[]) => ({
      body: Buffer.from(JSON.stringify(records.map((one) => (one as LogRecord).body))),
      count: records.length,
      unsupported: 0,
    }),
    async send(_signal, { body }) {
      const bodies = JSON.parse(Buffer.from(body).toString()) as string[];
      requests.push(bodies);
      return answer(requests.length, bodies);
    },
    close: () => Promise.resolve(),
  };
  const random = seededRandom(1);
  const warn = (problem: string): void => void warned.push(problem);
  return { clock, warned, requests, sender: makeSender({ protocol, clock, random, limits, warn }) };
}

/** Lets what has been promised happen, without time going on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe("the sender", () => {
  it("gathers, tries again until it is taken, and keeps the order", async () => {
    const away: Outcome = { type: "retry", reason: "503", afterMs: 3_000 };
    const { clock, sender, warned, requests } = rig((at) => (at <= 3 ? away : delivered));
    for (const text of ["a", "b"]) sender.add(record(text), 10);
    await settle();
    expect(requests).toEqual([]);
    for (let ms = 0; ms < 60_000 && requests.length < 4; ms += 500) {
      clock.advance(500);
      await settle();
    }
    expect(requests).toEqual([
      ["a", "b"],
      ["a", "b"],
      ["a", "b"],
      ["a", "b"],
    ]);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(9_000);
    sender.add(record("c"), 10);
    expect(await sender.close(1_000)).toEqual({ sent: 3, lost: {}, problem: "503" });
    expect(warned).toEqual(["503"]);
  });

  it("drops the oldest where the buffer is full, and counts what stays unsent", async () => {
    const { clock, sender } = rig(() => ({ type: "retry", reason: "ECONNREFUSED" }), {
      bufferBytes: 100,
      requestRecords: 2,
    });
    for (let at = 0; at < 50; at++) sender.add(record(`${at}`), 10);
    let free = false;
    void sender.room().then(() => (free = true));
    await settle();
    expect(free).toBe(false);
    const closing = sender.close(2_000);
    for (let ms = 0; ms < 2_500; ms += 100) {
      clock.advance(100);
      await settle();
    }
    expect(await closing).toMatchObject({ sent: 0, lost: { "buffer-full": 40, unsent: 10 } });
    await settle();
    expect(free).toBe(true);
  });

  it("halves what is too large, and counts what is refused or rejected", async () => {
    const { sender, requests } = rig((_at, bodies) => {
      if (bodies.includes("huge")) return { type: "too-large" };
      if (bodies.includes("bad")) return { type: "refused", reason: "400: bad", status: 400 };
      return { type: "delivered", rejected: bodies.includes("odd") ? 1 : 0, message: "" };
    });
    for (const text of ["a", "huge", "bad", "odd"]) sender.add(record(text), 10);
    expect(await sender.close(1_000)).toEqual({
      sent: 1,
      lost: { "too-large": 1, refused: 2 },
      problem: "400: bad",
    });
    expect(requests).toEqual([
      ["a", "huge", "bad", "odd"],
      ["a", "huge"],
      ["a"],
      ["huge"],
      ["bad", "odd"],
    ]);
  });
});

describe("a followed file", () => {
  function followed(fromStart: boolean, once = false) {
    const folder = mkdtempSync(join(tmpdir(), "morning-ship-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "app.log");
    writeFileSync(path, "old\n");
    const clock = simulatedClock();
    const stop = new AbortController();
    let text = "";
    const done = followFile({
      path,
      clock,
      stop: stop.signal,
      fromStart,
      once,
      take: async (bytes) => void (text += Buffer.from(bytes).toString()),
      turned: () => (text += "|"),
    });
    /** What was read; time goes on with every look. */
    const read = (): string => {
      clock.advance(300);
      return text;
    };
    const sees = (wanted: string): Promise<void> => until(() => read() === wanted);
    return { path, stop, done, text: read, sees };
  }

  it("goes on over renaming, over emptying, and over a time without a file", async () => {
    const { path, stop, done, text, sees } = followed(true);
    await sees("old\n");
    appendFileSync(path, "one\n");
    await sees("old\none\n");
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, "late\n");
    await sees("old\none\nlate\n");
    writeFileSync(path, "two\n");
    await sees("old\none\nlate\n|two\n");
    truncateSync(path, 0);
    appendFileSync(path, "3\n");
    await sees("old\none\nlate\n|two\n|3\n");
    appendFileSync(path, "last");
    stop.abort();
    await done;
    expect(text()).toBe("old\none\nlate\n|two\n|3\nlast");
  });

  it("begins at its end, unless it is read once", async () => {
    const once = followed(false, true);
    await once.done;
    expect(once.text()).toBe("old\n");
    const { path, stop, done, text } = followed(false);
    await until(() => {
      appendFileSync(path, "new\n");
      return text() !== "";
    });
    stop.abort();
    await done;
    expect(text()).toMatch(/^(?:new\n)+$/);
  });
});

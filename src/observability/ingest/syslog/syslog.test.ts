import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { Clock } from "../../../core/clock.ts";
import { seededRandom } from "../../../core/ids.ts";
import { until } from "../../../server/rig.contract.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import { embeddedErrors } from "../../telemetry/embedded/errors.ts";
import type { Records } from "../../export/read.ts";
import type { Dropped } from "../../signals/store.ts";
import { openStage } from "../stage.contract.ts";
import type { StageOptions } from "../stage.contract.ts";
import { FrameReader } from "./frames.ts";
import { readMessage } from "./message.ts";
import { syslogServer } from "./server.ts";
import type { SyslogLimits } from "./server.ts";

const nowNs = BigInt(Date.UTC(2026, 0, 1, 12)) * 1_000_000n;
const at = (...date: readonly [number, number, number, number, number, number]): bigint =>
  BigInt(Date.UTC(...date)) * 1_000_000n;

describe("messages", () => {
  it.each([
    [
      "RFC 5424, example 1",
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed",
      {
        facility: 4,
        severity: 2,
        timeNs: at(2003, 9, 11, 22, 14, 15) + 3_000_000n,
        host: "mymachine.example.com",
        app: "su",
        process: "",
        messageId: "ID47",
        text: "'su root' failed",
      },
    ],
    [
      "RFC 5424, example 2: a zone, microseconds",
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.",
      {
        facility: 20,
        severity: 5,
        timeNs: at(2003, 7, 24, 12, 14, 15) + 3_000n,
        host: "192.0.2.1",
        process: "8710",
        text: "%% It's time.",
      },
    ],
    [
      "RFC 5424, example 4: structured data alone",
      "<165>1 2003-10-11T22:14:15.003Z m evntslog - ID47 " +
        '[exampleSDID@32473 iut="3" eventSource="Appli\\"cat\\]i\\\\on" x="a\\b"][p@1]',
      {
        parameters: [
          { element: "exampleSDID@32473", name: "iut", value: "3" },
          { element: "exampleSDID@32473", name: "eventSource", value: 'Appli"cat]i\\on' },
          { element: "exampleSDID@32473", name: "x", value: "a\\b" },
        ],
        text: "",
      },
    ],
    [
      "RFC 5424 that says nothing",
      "<0>1 - - - - - -",
      { facility: 0, severity: 0, timeNs: undefined, host: "", app: "", text: "", problem: "" },
    ],
    [
      "RFC 5424 with broken structured data",
      '<13>1 - h a - - [x y="1" text',
      { app: "a", text: '[x y="1" text', problem: "structured-data", parameters: [] },
    ],
    [
      "RFC 5424 with a day that is none",
      "<13>1 2026-13-41T00:00:00Z h a - - - text",
      { timeNs: undefined, text: "text", problem: "timestamp" },
    ],
    [
      "RFC 3164",
      "<34>Oct 11 22:14:15 mymachine su[42]: 'su root' failed",
      {
        timeNs: at(2025, 9, 11, 22, 14, 15),
        host: "mymachine",
        app: "su",
        process: "42",
        text: "'su root' failed",
      },
    ],
    [
      "RFC 3164 of tomorrow's year, without a host",
      "<13>Jan  2 00:00:00 app: hello: there",
      { timeNs: at(2026, 0, 2, 0, 0, 0), host: "", app: "app", text: "hello: there" },
    ],
    [
      "a modern time in the old form",
      "<13>2026-01-01T12:00:00.5+01:00 host app[x-1]: m",
      {
        timeNs: at(2026, 0, 1, 11, 0, 0) + 500_000_000n,
        host: "host",
        app: "app",
        process: "x-1",
      },
    ],
    ["a priority and a text", "<14>Error: no tag", { app: "", severity: 6, text: "Error: no tag" }],
    ["a tag with a process", "<14>app[7]: text", { app: "app", process: "7", text: "text" }],
    ["text", "  File app.py", { severity: undefined, text: "  File app.py", problem: "priority" }],
    ["a priority that is none", "<192>x", { severity: undefined, text: "<192>x" }],
  ])("%s", (_name, message, wanted) => {
    expect(readMessage(message, nowNs)).toMatchObject(wanted);
  });

  it("of any length are read in time", () => {
    const startMs = performance.now();
    for (const part of ["[a ", '[a b="', " ", "<1>", "a[", "\\"]) {
      readMessage(`<13>1 - h a - - ${part.repeat(60_000 / part.length)}`, nowNs);
      readMessage(`<13>Jan  2 00:00:00 ${part.repeat(60_000 / part.length)}`, nowNs);
      readMessage(`<13>${part.repeat(60_000 / part.length)}`, nowNs);
    }
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});

describe("frames", () => {
  it("are the same however the bytes come in pieces", () => {
    const seed = 99;
    const random = seededRandom(seed);
    const first = "<13>1 - - - - - - one\nline two";
    const counted = `${Buffer.byteLength(first)} ${first}7 <14>abc\n11 <14>日本\n`;
    const lines = "<14>a\n  at b\n\n<14>c\n";
    const nul = "<14>x\n y\u0000<14>z\u0000";
    const wanted = [
      [counted, [first, "<14>abc", "<14>日本\n"]],
      [lines, ["<14>a", "  at b", "<14>c"]],
      [nul, ["<14>x\n y", "<14>z"]],
    ] as const;
    for (const [text, frames] of wanted) {
      const bytes = Buffer.from(text);
      for (let run = 0; run < 100; run++) {
        const reader = new FrameReader(1_000);
        const found: string[] = [];
        // A first message that ends with NUL is told by it: its sender writes it at once.
        let from = text === nul ? 10 : 0;
        for (const one of reader.read(bytes.subarray(0, from))) {
          found.push(Buffer.from(one.bytes).toString());
        }
        while (from < bytes.length) {
          const size = 1 + Math.floor(random.next() * 12);
          for (const one of reader.read(bytes.subarray(from, from + size))) {
            found.push(Buffer.from(one.bytes).toString());
          }
          from += size;
        }
        expect(reader.end(), `seed ${seed}`).toEqual({ frames: [], truncated: undefined });
        expect(found, `seed ${seed}`).toEqual(frames);
      }
    }
  });

  it("are cut at their limit, and the next one is whole", () => {
    for (const long of [`5000 <14>${"x".repeat(4_996)}`, `<14>${"x".repeat(4_996)}\n`]) {
      const reader = new FrameReader(100);
      const bytes = Buffer.from(`${long}<14>next\n`);
      const frames = [bytes.subarray(0, 1_234), bytes.subarray(1_234)].flatMap((piece) => [
        ...reader.read(piece),
      ]);
      expect(frames.map((one) => [one.bytes.length, one.cut])).toEqual([
        [100, true],
        [8, false],
      ]);
    }
  });

  it.each([
    ["GET / HTTP/1.1\r\n"],
    ["\u0016\u0003\u0001\u0002"],
    ["999999999999999 <14>x"],
    ["99999999 <14>x"],
    ["12x"],
    ["0 <14>x"],
  ])("%j is something else", (text) => {
    const reader = new FrameReader(1_000);
    expect(reader.read(Buffer.from(text))).toEqual([]);
    expect(reader.isForeign).toBe(true);
  });
});

interface Rig {
  readonly port: number;
  readonly logs: () => Records["logs"];
  readonly drops: () => readonly Dropped[];
  readonly close: () => Promise<void>;
  readonly send: (...pieces: readonly (string | Uint8Array)[]) => Promise<Socket>;
}

async function rig(
  options: StageOptions = {},
  limits: Partial<SyslogLimits> = {},
  clock: Clock = systemClock,
): Promise<Rig> {
  const stage = await openStage(options);
  const { intake } = stage;
  const opened = await syslogServer({ intake, clock, host: "127.0.0.1", port: 0, limits });
  onTestFinished(async () => {
    await opened.close();
    await stage.close();
  });
  return {
    port: opened.port,
    logs: () => stage.stored().logs,
    drops: () => stage.dropped.list(),
    close: () => opened.close(),
    async send(...pieces) {
      const socket = connect(opened.port, "127.0.0.1");
      socket.on("error", () => {});
      onTestFinished(() => void socket.destroy());
      for (const piece of pieces) {
        await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
      }
      return socket;
    },
  };
}

const hasLogger = spawnSync("logger", ["--version"]).status === 0;
const hasPython = spawnSync("python3", ["--version"]).status === 0;

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${stderr}`);
}

describe("clients by others", () => {
  it.skipIf(!hasLogger)(
    "util-linux logger, in every form that it has",
    async () => {
      const { port, logs } = await rig();
      const to = ["--tcp", "-n", "127.0.0.1", "-P", String(port)];
      const forms = [["--rfc5424"], ["--rfc5424", "--octet-count"], ["--rfc3164"], []];
      for (const [index, form] of forms.entries()) {
        const said = ["-t", "shop", "-i", "-p", "local3.warning", `payment ${index} é`];
        await run("logger", [...to, ...form, ...said]);
      }
      const data = ["--sd-id", "order@1", "--sd-param", 'id="42"', "--msgid", "PAID"];
      await run("logger", [...to, "--rfc5424", ...data, "with data"]);
      await until(() => logs().length === 5);
      for (const [index, log] of logs().slice(0, 4).entries()) {
        expect(log).toMatchObject({
          body: `payment ${index} é`,
          severity: 13,
          severityText: "warning",
          attributes: { "syslog.facility": "local3" },
        });
        expect(log.origin.resource["service.name"]).toBe("shop");
        expect(log.origin.resource["host.name"]).toMatch(/./);
        expect(log.attributes["process.pid"]).toBeGreaterThan(0);
        expect(Math.abs(Number(log.timeNs / 1_000_000n) - Date.now())).toBeLessThan(15 * 3_600_000);
      }
      expect(logs()[4]).toMatchObject({
        body: "with data",
        attributes: { "syslog.msgid": "PAID", "syslog.order@1.id": "42" },
      });
    },
    30_000,
  );

  it.skipIf(!hasPython)(
    "Python's SysLogHandler, a traceback and all",
    async () => {
      const { port, logs } = await rig();
      const program = [
        "import logging, logging.handlers, socket",
        `to = ("127.0.0.1", ${port})`,
        "handler = logging.handlers.SysLogHandler(to, socktype=socket.SOCK_STREAM)",
        'logging.basicConfig(level=logging.INFO, handlers=[handler], format="%(message)s")',
        'logging.info("started")',
        "try: 1 / 0",
        'except ZeroDivisionError: logging.exception("cannot divide")',
        "handler.close()",
      ];
      await run("python3", ["-c", program.join("\n")]);
      await until(() => logs().length === 2);
      const [started, failed] = logs();
      expect(started).toMatchObject({ body: "started", severity: 9 });
      expect(failed).toMatchObject({ severity: 17, attributes: { "syslog.facility": "user" } });
      expect(failed?.body).toMatch(/^cannot divide\nTraceback[\s\S]*ZeroDivisionError: /);
    },
    30_000,
  );
});

describe("connections", () => {
  it("that speak something else are closed, and counted with what they said", async () => {
    const { send, logs, drops } = await rig();
    const socket = await send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    expect(drops()).toMatchObject([{ source: "syslog", reason: "not-syslog", count: 1 }]);
    expect(drops()[0]?.sample).toContain("GET / HTTP/1.1");
    (await send("20 <14>cut off")).end();
    await until(() => drops().some(({ reason }) => reason === "truncated"));
    (await send("<14>no end")).end();
    await until(() => logs().length === 1);
    expect(logs()[0]?.body).toBe("no end");
  });

  it("may send bytes that are no text, and anything at all", async () => {
    const seed = 2026;
    const random = seededRandom(seed);
    const { send, logs, drops } = await rig();
    (await send(Buffer.from("3c31343e61ff62000a", "hex"))).end();
    await until(() => logs().length === 1);
    expect(logs()[0]?.body).toContain("\ufffd");
    expect(drops().map(({ reason }) => reason)).toContain("utf8");
    const starts = [
      "<14>1 - ",
      "<14>",
      "30 <14>1 - h a ",
      "<14>1 2026-01-01T00:00:00Z h a - - [",
      "",
    ];
    for (let client = 0; client < 40; client++) {
      const noise = Buffer.from(random.fill(new Uint8Array(Math.floor(random.next() * 3_000))));
      const start = starts[client % starts.length] ?? "";
      (await send(start, noise, `\n<14>client ${client}\n`)).end();
    }
    (await send("<14>alive\n")).end();
    await until(() => logs().some(({ body }) => body === "alive"));
    expect(seed).toBe(2026);
  });

  it("are limited, by address too, and closed when nothing comes", async () => {
    const clock = simulatedClock();
    const limits = { connectionsOfAddressMax: 2, idleMs: 60_000 };
    const { send, logs, drops } = await rig({}, limits, clock);
    const kept = await Promise.all([send("<14>a\n"), send("<14>b\n")]);
    await until(() => logs().length === 2);
    const refused = await send("<14>c\n");
    await until(() => refused.closed);
    expect(drops()).toMatchObject([{ reason: "connections", count: 1 }]);
    clock.advance(60_000);
    await until(() => kept.every((socket) => socket.closed));
    await send("<14>d\n");
    await until(() => logs().length === 3);
  });

  it("are slowed while the store is away, and lose nothing", async () => {
    let isAway = true;
    const write = async (): Promise<void> => {
      if (isAway)
        throw embeddedErrors.MOR_TELEMETRY_BUSY("full", { details: { retryAfterMs: 10 } });
    };
    const budget = { budgetBytes: 1024 * 1024, holdMsMax: 20 };
    const { send, logs, drops } = await rig({ write, limits: budget });
    const line = `<14>1 - h a - - - ${"x".repeat(900)}`;
    const lines = 20_000;
    const socket = await send();
    socket.resume();
    let written = false;
    const bytes = Array.from({ length: lines }, (_, index) => `${line} ${index}\n`).join("");
    socket.end(bytes, () => (written = true));
    await until(() => drops().some(({ reason }) => reason === "unavailable"));
    // The sender's bytes wait on its own side: what is read is bounded.
    expect(written).toBe(false);
    expect(logs()).toEqual([]);
    isAway = false;
    await until(() => socket.closed, 30_000);
    const stored = logs();
    expect(stored).toHaveLength(lines);
    expect(stored.every(({ body }, index) => body.endsWith(` ${index}`))).toBe(true);
  }, 40_000);

  it("are counted where the store stays away for too long", async () => {
    const write = (): Promise<void> =>
      Promise.reject(embeddedErrors.MOR_TELEMETRY_BUSY("full", { details: { retryAfterMs: 10 } }));
    const { send, drops, close } = await rig({ write, limits: { holdMsMax: 20 } }, { holdMs: 50 });
    await send("<14>one\n<14>two\n");
    await until(() => drops().length > 0);
    await close();
    const lost = drops().filter(({ sample }) => sample.includes("<14>"));
    expect(lost).toMatchObject([{ source: "syslog", reason: "unavailable" }]);
  });
});

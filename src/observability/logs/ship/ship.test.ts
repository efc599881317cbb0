import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../../core/package.ts";
import { until } from "../../../server/rig.contract.ts";
import type { Records } from "../../export/read.ts";
import { openStage } from "../../ingest/stage.contract.ts";
import type { StageOptions } from "../../ingest/stage.contract.ts";
import { severityOf } from "../parsing/index.ts";

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ReturnType<typeof spawn>;
  readonly stdout: () => string;
  readonly ended: Promise<Ended>;
}

/** Runs `morning logs ship` in a process of its own. */
function ship(words: readonly string[], input?: string): Started {
  const main = join(packageRoot(), "src/cli/main.ts");
  const all = ["--conditions=morning-source", main, "logs", "ship", ...words];
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, all, { env: { PATH, HOME }, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("latin1")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on("error", () => {});
  if (input !== undefined) child.stdin.end(input);
  onTestFinished(() => void (child.exitCode === null && child.kill("SIGKILL")));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, ended };
}

interface Taking {
  readonly otlp: string;
  readonly stored: () => Records;
}

async function stage(options: StageOptions = {}): Promise<Taking> {
  const opened = await openStage(options);
  onTestFinished(() => opened.close());
  return { otlp: `http://127.0.0.1:${opened.http}`, stored: () => opened.stored() };
}

const script = (...lines: readonly string[]): string[] => [
  "--",
  process.execPath,
  "-e",
  lines.join("\n"),
];

describe("logs ship -- COMMAND", () => {
  it("lets the output through as it is, keeps the exit code, stores every line", async () => {
    const { otlp, stored } = await stage();
    const pino = { level: 50, time: 1_767_225_600_123, pid: 7, msg: "card declined", order: 42 };
    const trace = { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };
    const { ended } = ship([
      "--service",
      "shop",
      "--otlp",
      otlp,
      "--json",
      ...script(
        `console.log(${JSON.stringify(JSON.stringify({ ...pino, ...trace }))})`,
        `console.log("plain \\u001b[31mWARN\\u001b[0m text --json --help")`,
        `console.log("level=info msg=\\"paid in full\\" amount=12.5")`,
        `process.stdout.write(Buffer.from([0xff, 0x00, 0x0a]))`,
        `console.error(new TypeError("no such item").stack)`,
        `process.stdout.write("no end")`,
        `process.exitCode = 7`,
      ),
    ]);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(7);
    expect(stdout).toContain("plain \u001b[31mWARN\u001b[0m text --json --help\n");
    expect(stdout.endsWith("\u00ff\u0000\nno end")).toBe(true);
    expect(stderr).toContain("TypeError: no such item\n    at ");
    expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({ sent: 6, cut: 0 });

    const { logs, errors } = stored();
    const of = (stream: string): typeof logs =>
      logs.filter(({ attributes }) => attributes["log.iostream"] === stream);
    const out = of("stdout");
    expect(out.map(({ body }) => body)).toEqual([
      "card declined",
      "plain WARN text --json --help",
      "paid in full",
      "\ufffd\u0000",
      "no end",
    ]);
    expect(out[0]).toMatchObject({
      timeNs: 1_767_225_600_123_000_000n,
      severity: severityOf("error"),
      traceId: trace.trace_id,
      spanId: trace.span_id,
      attributes: { order: 42, pid: 7 },
      origin: { resource: { "service.name": "shop" } },
    });
    expect(out[1]).toMatchObject({ severity: severityOf("warn") });
    expect(out[2]).toMatchObject({ severity: severityOf("info"), attributes: { amount: 12.5 } });
    const [failed, ...more] = of("stderr");
    expect(more).toEqual([]);
    expect(failed?.body).toMatch(/^TypeError: no such item\n {4}at /);
    expect(errors).toMatchObject([{ type: "TypeError", message: "no such item", source: "log" }]);
  }, 60_000);

  it("passes signals on, and ends with the command's code", async () => {
    const { otlp, stored } = await stage();
    const killed = ship(["--otlp", otlp, "--", "sh", "-c", "kill -9 $$"]);
    const absent = ship(["--otlp", otlp, "--", "./no-such-command"]);
    const { child, stdout, ended } = ship([
      "--otlp",
      otlp,
      ...script(
        `process.on("SIGTERM", () => { console.log("going"); process.exit(3); })`,
        `console.log("up"); setInterval(() => {}, 1000)`,
      ),
    ]);
    await until(() => stdout().includes("up"));
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 3, stdout: "up\ngoing\n", stderr: "" });
    expect(stored().logs.map(({ body }) => body)).toEqual(["up", "going"]);
    expect(stored().logs[0]?.origin.resource["service.name"]).toBe("node");
    expect(await killed.ended).toMatchObject({ code: 128 + 9 });
    const failed = await absent.ended;
    expect(failed.code).toBe(127);
    expect(failed.stderr).toContain("./no-such-command cannot be started");
  }, 60_000);

  it("does not hold the command up when nobody takes the logs, and says so", async () => {
    const { ended } = ship([
      "--otlp",
      "http://127.0.0.1:9",
      "--grace",
      "0.2",
      "--buffer",
      "1",
      ...script(`for (let i = 0; i < 5000; i++) console.log("line " + i)`, `process.exitCode = 4`),
    ]);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(4);
    expect(stdout.split("\n")).toHaveLength(5_001);
    expect(stderr).toContain("127.0.0.1:9 does not take logs: ");
    const total = /(\d+) of (\d+) log records were not sent \((.*)\)/.exec(stderr);
    expect(total?.slice(1, 3)).toEqual(["5000", "5000"]);
    expect(total?.[3]).toMatch(/\d+ buffer-full, \d+ unsent|\d+ unsent, \d+ buffer-full/);
  }, 60_000);

  it("reads standard input, and is told when its key is wrong", async () => {
    const { otlp, stored } = await stage();
    const lines = Array.from({ length: 3_000 }, (_, at) => `line ${at}`);
    const piped = await ship(["--otlp", otlp, "--service", "pipe"], `${lines.join("\n")}\n`).ended;
    expect(piped).toEqual({ code: 0, stdout: "", stderr: "" });
    const { logs } = stored();
    expect(logs.map(({ body }) => body)).toEqual(lines);
    const times = logs.map(({ timeNs }) => timeNs);
    expect(times.every((time, at) => at === 0 || time > (times[at - 1] ?? 0n))).toBe(true);

    const closed = await stage({ authorize: () => ({ status: 401, message: "no such key" }) });
    const refused = await ship(["--otlp", closed.otlp], "a\nb\n").ended;
    expect(refused.code).toBe(0);
    expect(refused.stderr).toMatch(/does not take logs: 401: .*no such key/);
    expect(refused.stderr).toContain("2 of 2 log records were not sent (2 refused)");
  }, 60_000);

  it("follows files until it is stopped, while the platform is away too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "morning-ship-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "orders.log");
    writeFileSync(path, '{"level":"warn","msg":"first"}\nsecond\n');
    let isAway = true;
    const { otlp, stored } = await stage({
      write: () => (isAway ? Promise.reject(new Error("no disk")) : Promise.resolve()),
    });
    const { child, ended } = ship(["--otlp", otlp, "--file", path, "--from-start"]);
    const missing = ship(["--otlp", otlp, "--file", join(folder, "none.log"), "--once"]);
    let warned = "";
    child.stderr?.on("data", (chunk: Buffer) => (warned += chunk.toString()));
    await until(() => warned.includes("does not take logs: 503"));
    isAway = false;
    appendFileSync(path, "third, without an end");
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    expect(stored().logs.map(({ body }) => body)).toEqual([
      "first",
      "second",
      "third, without an end",
    ]);
    expect(stored().logs[0]).toMatchObject({
      severity: severityOf("warn"),
      attributes: { "log.file.path": path },
      origin: { resource: { "service.name": "orders" } },
    });
    expect(await missing.ended).toMatchObject({ code: 1 });
  }, 60_000);
});

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushTimeseries } from "prometheus-remote-write";
import { describe, expect, it, onTestFinished } from "vitest";
import { snappy } from "../../export/snappy.ts";
import { remoteWriteEndpoint } from "./remote-write.ts";
import { foreignStage } from "./stage.contract.ts";
import type { ForeignStage } from "./stage.contract.ts";

const stageFor = (): Promise<ForeignStage> =>
  foreignStage((intake) => [remoteWriteEndpoint(intake)]);
const path = "/api/v1/write";
const protobuf = { "content-type": "application/x-protobuf", "content-encoding": "snappy" };
const prometheus = process.env["MORNING_TEST_PROMETHEUS"];

describe("remote write", () => {
  it("comes from prometheus-remote-write", async () => {
    const stage = await stageFor();
    const samples = [{ value: 1.5, timestamp: 1_700_000_000_123 }];
    const labels = { job: "shop", instance: "a:1", code: "200" };
    const answer = await pushTimeseries(
      [
        { labels: { __name__: "requests_total", ...labels }, samples },
        { labels: { __name__: "heat", ...labels }, samples },
      ],
      { url: `${stage.url}/compat/prometheus${path}`, fetch: fetch as never },
    );
    expect(answer.status).toBe(204);
    expect(stage.stored().points).toMatchObject([
      {
        name: "requests_total",
        kind: 1,
        monotonic: true,
        temporality: "cumulative",
        value: 1.5,
        timeNs: 1_700_000_000_123_000_000n,
        attributes: { code: "200" },
        origin: { resource: { "service.name": "shop", "service.instance.id": "a:1" } },
      },
      { name: "heat", kind: 0, monotonic: false },
    ]);
  });

  it.each([
    ["nothing", new Uint8Array(0), protobuf, 400],
    ["no snappy", Buffer.from("hello"), protobuf, 400],
    ["a cut message", snappy(Buffer.from([0x0a, 0x20, 1])), protobuf, 400],
    ["a group", snappy(Buffer.from([0x0b])), protobuf, 400],
    ["a bomb", Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), protobuf, 413],
    ["JSON", Buffer.from("{}"), { "content-type": "application/json" }, 415],
    [
      "version 2",
      Buffer.from("a"),
      { "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" },
      415,
    ],
  ])("refuses %s", async (_name, body, headers, status) => {
    const stage = await stageFor();
    expect((await stage.post(path, body, headers)).status).toBe(status);
    expect(stage.intake.figures().heldBytes).toBe(0);
  });

  it("counts series without a name", async () => {
    const stage = await stageFor();
    const sample = Buffer.from([0x12, 0x02, 0x10, 0x01]);
    const body = snappy(Buffer.concat([Buffer.from([0x0a, sample.length]), sample]));
    expect((await stage.post(path, body, protobuf)).status).toBe(400);
    expect(stage.dropped.list()).toMatchObject([{ source: "prometheus", reason: "labels" }]);
  });
});

describe.skipIf(prometheus === undefined)("Prometheus [needs MORNING_TEST_PROMETHEUS]", () => {
  it("writes what it scrapes of itself", async () => {
    const stage = await stageFor();
    const folder = await mkdtemp(join(tmpdir(), "prometheus-"));
    const file = join(folder, "prometheus.yml");
    const port = 20_000 + (process.pid % 20_000);
    await writeFile(
      file,
      [
        "global: { scrape_interval: 1s }",
        "scrape_configs:",
        "  - job_name: itself",
        `    static_configs: [{ targets: ["127.0.0.1:${port}"] }]`,
        `remote_write: [{ url: "${stage.url}/compat/prometheus${path}" }]`,
      ].join("\n"),
    );
    const child = spawn(
      prometheus ?? "",
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    onTestFinished(async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    });
    const up = (): boolean =>
      stage.stored().points.some(({ name, value }) => name === "up" && value === 1);
    await expect.poll(up, { timeout: 20_000, interval: 100 }).toBe(true);
    const built = stage.stored().points.find(({ name }) => name === "prometheus_build_info");
    expect(built).toMatchObject({ kind: 0, origin: { resource: { "service.name": "itself" } } });
    expect(stage.dropped.list()).toEqual([]);
  }, 30_000);
});

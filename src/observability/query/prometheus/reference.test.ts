import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { seededRandom } from "../../../core/ids.ts";
import { memoryReader } from "../../testing/memory-reader.ts";
import { epochNs, point } from "../../testing/spans.ts";
import type { MetricPoint } from "../../signals/records.ts";
import { prometheusApi, prometheusPrefix } from "./api.ts";
import { expressions, failing } from "./reference.cases.ts";

const binary = process.env["MORNING_TEST_PROMETHEUS"];
const promtool = process.env["MORNING_TEST_PROMTOOL"];
const seed = Number(process.env["MORNING_SEED"] ?? 20_261_126);
const epochMs = Number(epochNs / 1_000_000n);

interface Written {
  readonly points: MetricPoint[];
  /** The same in the OpenMetrics text format, with times. */
  readonly text: string;
}

interface Writing {
  readonly next: () => number;
  readonly points: MetricPoint[];
  readonly lines: Map<string, string[]>;
}

function write(
  { lines }: Writing,
  [family, name]: readonly [family: string, name: string],
  labels: string,
  atMs: number,
  value: number,
): void {
  const list = lines.get(family) ?? [];
  lines.set(family, list);
  list.push(`${name}{job="shop",${labels}} ${value} ${((epochMs + atMs) / 1000).toFixed(3)}`);
}

/** When the n-th sample is taken: irregular to the millisecond, never on an edge. */
const takenMs = (n: number, { next }: Writing, first: number): number =>
  n * 15_000 + first + Math.floor(next() * 4000);

const samples = 120;

/** A counter with gaps and resets. */
function counter(writing: Writing, path: string, code: string, steps: number): void {
  const { next, points } = writing;
  let total = 0;
  for (let n = 0; n < samples; n++) {
    if (next() < 0.05) continue;
    const atMs = takenMs(n, writing, 1);
    total = next() < 0.02 ? 0 : total + Math.floor(next() * steps);
    const attributes = { path, code };
    const kind = { kind: 1, monotonic: true, temporality: "cumulative" } as const;
    points.push(point("requests", atMs, total, { ...kind, attributes }));
    write(writing, ["requests", "requests_total"], `path="${path}",code="${code}"`, atMs, total);
  }
}

/** A gauge that is away for a while. */
function gauge(writing: Writing, path: string, away: boolean): void {
  let heat = 50;
  for (let n = 0; n < samples; n++) {
    const atMs = takenMs(n, writing, 2);
    if (away && n > 40 && n < 80) continue;
    heat = Math.round((heat + writing.next() * 10 - 5) * 100) / 100;
    writing.points.push(point("heat", atMs, heat, { attributes: { path } }));
    write(writing, ["heat", "heat"], `path="${path}"`, atMs, heat);
  }
}

function histogram(writing: Writing, path: string): void {
  const { next, points } = writing;
  const bounds = [0.1, 0.5, 1];
  const counts = [0, 0, 0, 0];
  let sum = 0;
  for (let n = 0; n < samples; n++) {
    const atMs = takenMs(n, writing, 3);
    for (let i = 0; i < 4; i++) counts[i] = (counts[i] ?? 0) + Math.floor(next() * 9);
    sum = Math.round((sum + next()) * 1000) / 1000;
    const count = counts.reduce((all, one) => all + one, 0);
    points.push(
      point("latency", atMs, sum, {
        kind: 2,
        unit: "s",
        temporality: "cumulative",
        count: BigInt(count),
        attributes: { path },
        distribution: { type: "explicit", bounds, counts: [...counts] },
      }),
    );
    const family = "latency_seconds";
    let below = 0;
    for (const [i, bound] of [...bounds.map(String), "+Inf"].entries()) {
      below += counts[i] ?? 0;
      write(writing, [family, `${family}_bucket`], `path="${path}",le="${bound}"`, atMs, below);
    }
    write(writing, [family, `${family}_sum`], `path="${path}"`, atMs, sum);
    write(writing, [family, `${family}_count`], `path="${path}"`, atMs, count);
  }
}

/** Three kinds of series over half an hour. */
function data(): Written {
  const random = seededRandom(seed);
  const writing: Writing = { next: () => random.next(), points: [], lines: new Map() };
  for (const [at, path] of ["/a", "/b", "/c"].entries()) {
    for (const code of ["200", "500"]) counter(writing, path, code, 20 * (at + 1));
    gauge(writing, path, at === 2);
    histogram(writing, path);
  }
  const types: Readonly<Record<string, string>> = {
    requests: "counter",
    heat: "gauge",
    latency_seconds: "histogram",
  };
  const text = [...writing.lines].flatMap(([family, list]) => [
    `# TYPE ${family} ${types[family]}`,
    ...list,
  ]);
  return { points: writing.points, text: `${text.join("\n")}\n# EOF\n` };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Answer {
  readonly status: string;
  readonly errorType?: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: unknown };
}

type Point = readonly [number, string];

const sortedText = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Series by their labels, with values as numbers, so that a last digit may differ. */
function comparable({ data: answer }: Answer): Map<string, readonly Point[]> {
  const result = answer?.result as {
    metric: Record<string, string>;
    value?: Point;
    values?: Point[];
  }[];
  if (answer?.resultType === "scalar" || answer?.resultType === "string") {
    return new Map([["", [answer.result as Point]]]);
  }
  return new Map(
    result
      .map(({ metric, value, values }): [string, readonly Point[]] => [
        sortedText(metric),
        values ?? (value === undefined ? [] : [value]),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function expectEqual(ours: Answer, theirs: Answer): void {
  expect([ours.status, ours.error]).toEqual([theirs.status, theirs.error]);
  expect(ours.data?.resultType).toBe(theirs.data?.resultType);
  const [a, b] = [comparable(ours), comparable(theirs)];
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  for (const [key, values] of b) {
    const own = a.get(key) ?? [];
    expect([key, own.map(([seconds]) => seconds)]).toEqual([
      key,
      values.map(([seconds]) => seconds),
    ]);
    for (const [at, [seconds, text]] of values.entries()) {
      const [x, y] = [
        Number(own[at]?.[1].replace("Inf", "Infinity")),
        Number(text.replace("Inf", "Infinity")),
      ];
      if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
      const apart = Math.abs(x - y) / Math.max(1e-9, Math.abs(y));
      if (!(apart < 1e-9)) throw new Error(`${key} at ${seconds}: ${x} against ${y}`);
    }
  }
}

describe.skipIf(binary === undefined || promtool === undefined)(
  `PromQL beside Prometheus, seed ${seed} [needs MORNING_TEST_PROMETHEUS, MORNING_TEST_PROMTOOL]`,
  () => {
    let folder = "";
    let server: ChildProcess;
    let url = "";
    const written = data();
    const ours = prometheusApi({
      reader: memoryReader({ points: written.points }),
      clock: systemClock,
    });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "morning-prometheus-"));
      await writeFile(join(folder, "data.txt"), written.text);
      await writeFile(join(folder, "prometheus.yml"), "global: {}\n");
      await promisify(execFile)(promtool ?? "", [
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        join(folder, "data.txt"),
        join(folder, "blocks"),
      ]);
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      server = spawn(
        binary ?? "",
        [
          `--config.file=${join(folder, "prometheus.yml")}`,
          `--storage.tsdb.path=${join(folder, "blocks")}`,
          `--web.listen-address=127.0.0.1:${port}`,
          "--storage.tsdb.retention.time=100y",
        ],
        { stdio: "ignore" },
      );
      for (let tries = 0; tries < 200; tries++) {
        const ready = await fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
        if (ready) return;
        await wait(50);
      }
      throw new Error("Prometheus did not start");
    }, 30_000);

    afterAll(async () => {
      server.kill();
      await rm(folder, { recursive: true, force: true });
    });

    const both = async (
      path: string,
      form: Record<string, string>,
    ): Promise<readonly [Answer, Answer]> => {
      const body = new URLSearchParams(form);
      const theirs = await fetch(`${url}/api/v1/${path}`, { method: "POST", body });
      const own = await ours(
        new Request(`http://localhost${prometheusPrefix}${path}`, { method: "POST", body }),
      );
      const answers = [(await own.json()) as Answer, (await theirs.json()) as Answer] as const;
      if (answers[1].status === "error") expect(own.status).toBe(theirs.status);
      return answers;
    };

    // Steps fall on no sample and no edge of a window: the two differ there by version.
    const start = epochMs / 1000 + 607.013;

    it.each(expressions)("%s", async (query) => {
      const [own, theirs] = await both("query", { query, time: String(start) });
      expectEqual(own, theirs);
      const range = { query, start: String(start), end: String(start + 900), step: "37" };
      const [ownRange, theirRange] = await both("query_range", range);
      expectEqual(ownRange, theirRange);
    });

    it.each(failing)("refuses %s alike", async (query) => {
      const [own, theirs] = await both("query", { query, time: String(start) });
      expect(theirs.status).toBe("error");
      expect([own.status, own.errorType]).toEqual([theirs.status, theirs.errorType]);
    });

    it("names the same series, labels and values", async () => {
      const window = { start: String(epochMs / 1000), end: String(epochMs / 1000 + 1800) };
      const list = async (path: string, form: Record<string, string>): Promise<unknown[][]> => {
        const query = new URLSearchParams(form).toString();
        const theirs = await fetch(`${url}/api/v1/${path}?${query}`);
        const own = await ours(new Request(`http://localhost${prometheusPrefix}${path}?${query}`));
        return Promise.all(
          [own, theirs].map(async (answer) => {
            const { data: found } = (await answer.json()) as { data: unknown[] };
            return found
              .map((one) =>
                typeof one === "string" ? one : sortedText(one as Record<string, string>),
              )
              .sort();
          }),
        );
      };
      for (const [path, form] of [
        ["labels", window],
        ["label/path/values", window],
        ["label/job/values", window],
        ["label/__name__/values", window],
        ["label/code/values", { ...window, "match[]": 'requests_total{path="/a"}' }],
        ["series", { ...window, "match[]": '{path="/b",le!="0.5"}' }],
      ] as const) {
        const [own, theirs] = await list(path, form);
        expect([path, own]).toEqual([path, theirs]);
      }
    });
  },
);

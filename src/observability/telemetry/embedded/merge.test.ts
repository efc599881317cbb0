import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { openInline } from "../../../engines/sqlite/inline.ts";
import { simulatedClock } from "../../../testing/clock.ts";
import { batchWriter, encodeBatch } from "../../signals/batch.ts";
import type { ErrorRecord, MetricPoint } from "../../signals/records.ts";
import { recordWriter } from "../../signals/rows.ts";
import { openDuck, quoted } from "./duck.ts";
import { openEngine } from "./engine.ts";
import { batchOf, engineOptions, lineOf, originOf } from "./rig.contract.ts";

const root = mkdtempSync(join(tmpdir(), "morning-merge-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const startMs = Date.UTC(2026, 0, 1);
const startNs = BigInt(startMs) * 1_000_000n;

const point = (number: number, service: string): MetricPoint => ({
  origin: originOf(service),
  name: `metric.${number % 3}`,
  unit: "1",
  description: "",
  kind: 1,
  temporality: "cumulative",
  monotonic: true,
  startNs,
  timeNs: startNs + BigInt(number),
  attributes: { route: `/r${number % 5}` },
  value: number,
  count: 0n,
  exemplars: [],
});

const failure = (number: number): ErrorRecord => ({
  origin: originOf("orders"),
  timeNs: startNs + BigInt(number),
  type: "TypeError",
  message: `failed ${number}`,
  stack: "",
  fingerprint: "0123456789abcdef",
  source: "span",
  handled: false,
  release: "1",
  user: `u${number}`,
  traceId: "",
  spanId: "",
  attributes: {},
  breadcrumbs: "",
});

it("merges files that differ in their columns, and says where a key may still be", async () => {
  const limits = { merge: { rowsMax: 100_000, fanIn: 2 } };
  const engine = await openEngine(
    engineOptions(root, openInline({ clock: systemClock }), simulatedClock(startMs), { limits }),
  );
  const duck = await openDuck({ temporary: join(root, "read"), memoryMb: 256, threads: 1 });
  // First so rare that it stays in the map, then in every row.
  const line = (number: number, has: boolean) => ({
    ...lineOf(number, startNs + BigInt(number)),
    attributes: has ? { "x.y": `v${number}` } : { other: 1 },
  });
  const rare = Array.from({ length: 2000 }, (_, number) => line(number, number === 500));
  const common = Array.from({ length: 300 }, (_, index) => line(2000 + index, true));
  for (const lines of [rare, common]) {
    await engine.write(batchOf(lines));
    await engine.seal();
  }
  const merged = async () => {
    await engine.maintain();
    const view = engine.view();
    view.release();
    return view.segments;
  };
  const [logs, ...more] = await merged();
  expect(more).toEqual([]);
  expect(logs).toMatchObject({ rows: 2300, level: 1, mixed: ["x.y"], rest: [] });
  const read = async (value: string) =>
    duck.rows(`select count(${value})::integer as n from ${quoted(logs?.files.data ?? "")}`);
  expect(await read(`coalesce("@x.y", attributes['x.y'])`)).toEqual([{ n: 301 }]);
  expect(await read(`"@x.y"`)).toEqual([{ n: 300 }]);
  for (const service of ["orders", "users"]) {
    const writer = recordWriter(batchWriter());
    for (let number = 0; number < 50; number++) writer.point(point(number, service));
    for (let number = 0; number < 20; number++) writer.error(failure(number));
    await engine.write(encodeBatch(writer.batch));
    await engine.seal();
  }
  const segments = await merged();
  const found = segments.map(({ signal, rows, services }) => ({ signal, rows, services }));
  expect(found.toSorted((a, b) => (a.signal < b.signal ? -1 : 1))).toEqual([
    { signal: "errors", rows: 40, services: ["orders"] },
    { signal: "logs", rows: 2300, services: ["orders"] },
    { signal: "points", rows: 100, services: ["orders", "users"] },
  ]);
  const points = segments.find(({ signal }) => signal === "points")?.files.data ?? "";
  expect(
    await duck.rows(`select service, sum(value)::integer as sum, count(distinct "@route")::integer
      as routes from ${quoted(points)} group by all order by service`),
  ).toEqual([
    { service: "orders", sum: 1225, routes: 5 },
    { service: "users", sum: 1225, routes: 5 },
  ]);
  duck.close();
  await engine.close();
});

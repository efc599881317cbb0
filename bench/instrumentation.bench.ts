/**
 * What recording costs: CPU of the storefront's process (all threads) for each order, with nobody
 * recording, with the SDK that throws away what it made, and with storing as the platform stores
 * (redaction, patterns, log, sealing, in its thread), at 100 % and at 10 % head sampling. All
 * platforms run side by side and take turns in slices of some 100 ms, so that what else the machine
 * does weighs on all of them; they are started anew some times, since two processes that do the
 * same differ. A second platform that nobody records is the control: what it seems to cost is the
 * error of all the other figures. Goals: under 5 % without storing, under 15 % with it.
 * Run: `node bench/instrumentation.bench.ts`, with `--before FOLDER` beside an older checkout, with
 * `--only WORD` for the modes that have it in their name, with `--launches N` and `--turns N`;
 * `--smoke` writes nothing. Writes bench/results/instrumentation.md.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { baseOf, effectOf, mean, median, moreOf } from "./instrumentation/compare.ts";
import { launch } from "./instrumentation/slices.ts";
import type { Figures, Mode, Plan } from "./instrumentation/slices.ts";
import { tracerCosts } from "./instrumentation/tracers.ts";

const { values: given } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    before: { type: "string" },
    only: { type: "string", default: "" },
    launches: { type: "string" },
    turns: { type: "string" },
  },
});
const { smoke, before, only } = given;
const plan: Plan = {
  launches: Number(given.launches ?? (smoke ? 1 : 4)),
  turns: Number(given.turns ?? (smoke ? 4 : 80)),
  sliceOrders: 25,
  warmUpOrders: smoke ? 100 : 800,
  // Longer than the engine leaves anything unsealed, and than a batch waits.
  restMs: smoke || only === "SDK alone" ? 1_000 : 70_000,
};

const commitOf = (folder: string): string =>
  execFileSync("git", ["-C", folder, "describe", "--always", "--dirty"], {
    encoding: "utf8",
  }).trim();

const nobody: readonly Mode[] = [
  { name: "nobody records", args: ["none", "1"] },
  { name: "nobody records, once more", args: ["none", "1"] },
];
const recorded: readonly Mode[] = [
  { name: "SDK alone, 100 %", args: ["sdk", "1"] },
  { name: "SDK alone, 10 %", args: ["sdk", "0.1"] },
  { name: "SDK and storing, 100 %", args: ["store", "1"] },
  { name: "SDK and storing, 10 %", args: ["store", "0.1"] },
];
const earlier: readonly Mode[] = recorded
  .filter(({ args }) => before !== undefined && args[1] === "1")
  .map(({ name, args }) => ({ name: `${name}, before`, args, checkout: before as string }));
const modes: readonly Mode[] = [
  ...nobody,
  ...[...recorded, ...earlier].filter(({ name }) => name.includes(only)),
];

const loads: number[] = [];
const launches: (readonly Figures[])[] = [];
for (let number = 1; number <= plan.launches; number++) {
  const figures = await launch(modes, plan, number);
  launches.push(figures);
  loads.push(loadavg()[0] as number);
  const shown = figures.map(({ cpuMs }) => median(cpuMs).toFixed(3)).join("  ");
  process.stdout.write(`${number}: ${shown}\n`);
}

const percent = (portion: number): string => (portion * 100).toFixed(1);

/** What each turn of each launch used more than those in which nobody records. */
function moreIn(index: number): readonly (readonly number[])[] {
  return launches.map((figures) => {
    // The control is compared with the other one alone, all others with both.
    const base = baseOf(figures.slice(0, index === 1 ? 1 : nobody.length));
    return moreOf(figures[index] as Figures, base);
  });
}

function rowOf({ name }: Mode, index: number): string {
  const own = launches.map((figures) => figures[index] as Figures);
  const { low, middle, high } = effectOf(moreIn(index));
  const cost = `${percent(middle)} % (${percent(low)} to ${percent(high)})`;
  // On top of what two platforms do at rest in which nobody records.
  const rests = launches.map((figures) => {
    const base = figures.slice(0, nobody.length);
    const restMs = (figures[index] as Figures).restMs - mean(base.map((one) => one.restMs));
    return restMs / mean(base.map(({ cpuMs }) => median(cpuMs)));
  });
  const of = (figure: keyof Omit<Figures, "cpuMs">): number => mean(own.map((one) => one[figure]));
  return [
    `| ${name}`,
    mean(own.map(({ cpuMs }) => median(cpuMs))).toFixed(3),
    index === 0 ? "" : cost,
    index === 0 ? "" : percent(mean(rests)),
    of("gcMs").toFixed(3),
    of("records").toFixed(1),
    `${of("bytes").toFixed(0)} |`,
  ].join(" | ");
}

const rows = modes.map(rowOf);
const spanRows = (await tracerCosts(smoke ? 2_000 : 20_000)).map(
  ([tracer, microseconds]) => `| ${tracer} | ${microseconds.toFixed(2)} |`,
);
const commits = [
  `at ${commitOf(import.meta.dirname)}`,
  ...(before === undefined ? [] : [`"before" at ${commitOf(before)}`]),
].join(", ");
const text = [
  "# Cost of instrumentation",
  "",
  `CPU of the storefront's process (all threads) for each order, ${commits}: ${plan.launches} times`,
  `started anew, ${plan.turns} slices of ${plan.sliceOrders} orders each after`,
  `${plan.warmUpOrders}, the platforms in turn; ${cpus().length} cores,`,
  `Node ${process.versions.node}; load of the machine after each launch`,
  `${loads.map((load) => load.toFixed(1)).join(", ")}. "More": each slice against those of the same`,
  "turn in which nobody records, median and its 95 % interval (resampled by launches and turns).",
  '"At rest": CPU between and after the slices (timers, sealing, points of metrics), by time and not',
  "by orders: a platform rests most of the run while the others have their turn. The control, once",
  "more nobody, says how far to trust the figures. Written by `node bench/instrumentation.bench.ts`.",
  "",
  "| mode | CPU ms | more % | at rest % more | pauses for garbage ms | records | bytes |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows,
  "",
  "CPU of one span alone, a request and a read in it in turn, best of 5 rounds:",
  "",
  "| tracer | microseconds a span |",
  "| --- | ---: |",
  ...spanRows,
  "",
].join("\n");
process.stdout.write(text);
const dropped = modes.filter((_, index) => launches.some((one) => (one[index]?.dropped ?? 0) > 0));
if (dropped.length > 0) {
  const names = dropped.map(({ name }) => name).join("; ");
  throw new Error(`no measurement: records were dropped (${names})`);
}
if (!smoke && only === "") {
  writeFileSync(join(import.meta.dirname, "results/instrumentation.md"), text);
}

/**
 * What recording costs: CPU of the storefront for each order, with nobody recording, with the SDK
 * that throws away what it made, and with storing as the platform stores (redaction, patterns, log,
 * sealing, in its thread), at 100 % and at 10 % head sampling. Goals: under 5 % without storing,
 * under 15 % with it.
 *
 * Storefronts take turns in slices of some 100 ms, so that what else the machine does weighs on all
 * of them. Those that store nothing run in one process, with one compiled code and one heap: two
 * processes that do the same differ by some percent. Those that store have a process each, since
 * their thread works on after a slice. A second storefront that nobody records is the control: what
 * it seems to cost is the error of the other figures. There are two of the SDK at 100 % as well; a
 * turn compares the mean of both with the mean of both that nobody records.
 *
 * Run: `node bench/instrumentation.bench.ts` for the SDK alone, `--storing` for storing;
 * `--before FOLDER` measures an older checkout in the same turns (with this one's
 * bench/instrumentation/ copied into it), `--launches N` and `--turns N` play more or less,
 * `--garbage` lets garbage be collected as it comes, in slices too. Writes
 * bench/results/instrumentation.md, with `--garbage` instrumentation-garbage.md, with `--storing`
 * instrumentation-storing.md, with `--smoke` nothing.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { effectOf, mean, meanOf, median, moreOf } from "./instrumentation/compare.ts";
import type { Effect } from "./instrumentation/compare.ts";
import { launch } from "./instrumentation/slices.ts";
import type { Figures, Group, Plan } from "./instrumentation/slices.ts";
import { tracerCosts } from "./instrumentation/tracers.ts";

const { values: given } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    before: { type: "string" },
    storing: { type: "boolean", default: false },
    garbage: { type: "boolean", default: false },
    launches: { type: "string" },
    turns: { type: "string" },
  },
});
const { smoke, before, storing, garbage } = given;
const plan: Plan = {
  launches: Number(given.launches ?? (smoke ? 1 : 4)),
  turns: Number(given.turns ?? (smoke ? 2 : 100)),
  sliceOrders: smoke ? 10 : 25,
  // Four storefronts of one process warm up the same code.
  warmUpOrders: smoke ? 20 : storing ? 800 : 300,
  // Longer than the engine leaves anything unsealed.
  restMs: !storing ? 0 : smoke ? 1_000 : 70_000,
  collect: !garbage,
};

const here = join(import.meta.dirname, "..");
const checkouts = before === undefined ? [here] : [here, before];
const together = ["none:1", "sdk:1", "sdk:0.1", "none:1", "sdk:1"];
const sdkGroups: readonly Group[] = checkouts.map((checkout) => ({ checkout, modes: together }));
const storeGroups: readonly Group[] = [
  ...["none:1", "store:1", "store:0.1", "none:1"].map((mode) => ({
    checkout: here,
    modes: [mode],
  })),
  ...checkouts.slice(1).map((checkout) => ({ checkout, modes: ["store:1"] })),
];

const names: Readonly<Record<string, string>> = {
  "none:1": "nobody records",
  "sdk:1": "SDK alone, 100 %",
  "sdk:0.1": "SDK alone, 10 %",
  "store:1": "SDK and storing, 100 %",
  "store:0.1": "SDK and storing, 10 %",
};

/** Storefronts that do the same in all launches, and those that nobody records beside them. */
interface Compared {
  readonly name: string;
  readonly own: readonly (readonly Figures[])[];
  /** None where they are what others are compared with. */
  readonly bases: readonly (readonly Figures[])[] | undefined;
}

const loads: number[] = [];

/** The storefronts at some places of a launch. */
const at = (
  launches: readonly (readonly Figures[])[],
  places: readonly number[],
): readonly (readonly Figures[])[] =>
  launches.map((figures) => places.map((place) => figures[place] as Figures));

/** What is compared with what in a process of several storefronts, the first of them at `first`. */
function inOneProcess(
  launches: readonly (readonly Figures[])[],
  first: number,
  suffix: string,
): readonly Compared[] {
  const places = (...within: readonly number[]): readonly (readonly Figures[])[] =>
    at(
      launches,
      within.map((place) => first + place),
    );
  const bases = places(0, 3);
  const row = (mode: string, own: readonly (readonly Figures[])[]): Compared => ({
    name: `${names[mode]}${suffix}`,
    own,
    bases,
  });
  return [
    { name: `${names["none:1"]}${suffix}`, own: bases, bases: undefined },
    { name: `one of both against the other${suffix}`, own: places(3), bases: places(0) },
    row("sdk:1", places(1, 4)),
    row("sdk:0.1", places(2)),
  ];
}

/** What is compared with what where each storefront has a process. */
function apart(launches: readonly (readonly Figures[])[]): readonly Compared[] {
  const bases = at(launches, [0, 3]);
  const row = (name: string, place: number): Compared => ({
    name,
    own: at(launches, [place]),
    bases,
  });
  return [
    { name: names["none:1"] as string, own: bases, bases: undefined },
    { name: "one of both against the other", own: at(launches, [3]), bases: at(launches, [0]) },
    row(names["store:1"] as string, 1),
    row(names["store:0.1"] as string, 2),
    ...(before === undefined ? [] : [row(`${names["store:1"]}, before`, 4)]),
  ];
}

const percent = (portion: number): string => (portion * 100).toFixed(1);
const shownEffect = ({ low, middle, high }: Effect): string =>
  `${percent(middle)} % (${percent(low)} to ${percent(high)})`;

/** How much more of `figure` storefronts used than those beside them. */
function moreIn({ own, bases = own }: Compared, figure: "cpuMs" | "mainMs"): string {
  return shownEffect(
    effectOf(
      own.map((same, launch) => moreOf(meanOf(same, figure), meanOf(bases[launch] ?? [], figure))),
    ),
  );
}

function rowOf(compared: Compared): string {
  const { name, own, bases } = compared;
  const rests = own.map((same, launch) => {
    const beside = bases?.[launch] ?? same;
    const rest = (all: readonly Figures[]): number => mean(all.map(({ restMs }) => restMs));
    return (rest(same) - rest(beside)) / median(meanOf(beside, "cpuMs"));
  });
  const of = (figure: "gcMs" | "records" | "bytes"): number =>
    mean(own.flat().map((one) => one[figure]));
  return [
    `| ${name}`,
    mean(own.map((same) => median(meanOf(same, "cpuMs")))).toFixed(3),
    bases === undefined ? "" : moreIn(compared, "cpuMs"),
    bases === undefined ? "" : moreIn(compared, "mainMs"),
    bases === undefined || !storing ? "" : `${percent(mean(rests))} %`,
    of("gcMs").toFixed(3),
    of("records").toFixed(1),
    `${of("bytes").toFixed(0)} |`,
  ].join(" | ");
}

type Launches = readonly (readonly Figures[])[];

const comparedIn = (launches: Launches): readonly Compared[] =>
  storing
    ? apart(launches)
    : checkouts.flatMap((_, number) =>
        inOneProcess(launches, number * together.length, number === 0 ? "" : ", before"),
      );

const commitOf = (folder: string): string =>
  execFileSync("git", ["-C", folder, "describe", "--always", "--dirty"], {
    encoding: "utf8",
  }).trim();
const commits = [
  `commit ${commitOf(here)}`,
  ...(before === undefined ? [] : [`"before" is ${commitOf(before)}`]),
].join(", ");

/** What one span costs alone, with each tracer. */
async function spanTable(): Promise<readonly string[]> {
  const costs = await tracerCosts(smoke ? 2_000 : 20_000);
  return [
    "",
    "CPU of one span alone, a request and a read in it in turn, best of 5 rounds:",
    "",
    "| tracer | microseconds a span |",
    "| --- | ---: |",
    ...costs.map(([tracer, microseconds]) => `| ${tracer} | ${microseconds.toFixed(2)} |`),
  ];
}

const shared = [
  "The storefronts of one checkout share a process, so what is compared shares its compiled code",
  "and its heap.",
];
const eachAlone = [
  'Each storefront has a process of its own. "At rest": more CPU between and after the slices',
  "(timers, sealing, points of metrics), which comes by time and not by orders: a storefront rests",
  "most of the run while the others have their turn.",
];
const flags = `${storing ? " --storing" : ""}${garbage ? " --garbage" : ""}`;
const spans = storing ? [] : await spanTable();

function reportOf(launches: Launches, compared: readonly Compared[]): string {
  return [
    storing ? "# Cost of instrumentation and storing" : "# Cost of instrumentation",
    "",
    `CPU of the storefront (all threads) for each order; ${commits}. ${launches.length} times`,
    `started anew, ${plan.turns} slices of ${plan.sliceOrders} orders each after`,
    `${plan.warmUpOrders}, the storefronts in turn; ${cpus().length} cores, Node`,
    `${process.versions.node}; load of the machine after each launch`,
    `${loads.map((load) => load.toFixed(1)).join(", ")}.`,
    "",
    '"More": each slice against those of the same turn in which nobody records, median and its',
    "95 % interval (resampled by launches, and by turns within them), of the process and of its",
    "main thread. One of both that nobody records against the other says how far to trust them.",
    garbage
      ? "Garbage is collected as it comes, in slices too."
      : "Garbage is collected before each slice, outside of it; in slices only that of the young.",
    ...(storing ? eachAlone : shared),
    "",
    `Written by \`node bench/instrumentation.bench.ts${flags}\`.`,
    "",
    "| mode | CPU ms | more | main thread | at rest | pauses for garbage ms | records | bytes |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...compared.map(rowOf),
    ...spans,
    "",
  ].join("\n");
}

function checkWhole(compared: readonly Compared[]): void {
  const dropped = compared.filter(({ own }) => own.flat().some((one) => one.dropped > 0));
  if (dropped.length === 0) return;
  const which = dropped.map(({ name }) => name).join("; ");
  throw new Error(`no measurement: records were dropped (${which})`);
}

const kind = storing ? "-storing" : garbage ? "-garbage" : "";
const file = join(import.meta.dirname, "results", `instrumentation${kind}.md`);
const launches: (readonly Figures[])[] = [];
while (launches.length < plan.launches) {
  const figures = await launch(storing ? storeGroups : sdkGroups, plan, launches.length + 1);
  launches.push(figures.flat());
  loads.push(loadavg()[0] as number);
  const compared = comparedIn(launches);
  checkWhole(compared);
  const text = reportOf(launches, compared);
  process.stdout.write(text);
  // After each: a run that is ended early has measured what it has.
  if (!smoke) writeFileSync(file, text);
}

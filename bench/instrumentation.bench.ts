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
 * it seems to cost is the error of the other figures.
 *
 * Run: `node bench/instrumentation.bench.ts` for the SDK alone, `--storing` for storing;
 * `--before FOLDER` measures an older checkout in the same turns, `--launches N` and `--turns N`
 * play more or less. Writes bench/results/instrumentation.md and instrumentation-storing.md, with
 * `--smoke` nothing.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { baseOf, effectOf, mean, median, moreOf } from "./instrumentation/compare.ts";
import type { Effect } from "./instrumentation/compare.ts";
import { launch } from "./instrumentation/slices.ts";
import type { Figures, Group, Plan } from "./instrumentation/slices.ts";
import { tracerCosts } from "./instrumentation/tracers.ts";

const { values: given } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    before: { type: "string" },
    storing: { type: "boolean", default: false },
    launches: { type: "string" },
    turns: { type: "string" },
  },
});
const { smoke, before, storing } = given;
const plan: Plan = {
  launches: Number(given.launches ?? (smoke ? 1 : 4)),
  turns: Number(given.turns ?? (smoke ? 4 : 100)),
  sliceOrders: 25,
  // Four storefronts of one process warm up the same code.
  warmUpOrders: smoke ? 50 : storing ? 800 : 300,
  // Longer than the engine leaves anything unsealed.
  restMs: !storing ? 0 : smoke ? 1_000 : 70_000,
};

const here = join(import.meta.dirname, "..");
const checkouts = before === undefined ? [here] : [here, before];
const together = ["none:1", "sdk:1", "sdk:0.1", "none:1"];
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

/** One storefront in all launches, and those that nobody records, with which it is compared. */
interface Compared {
  readonly name: string;
  readonly own: readonly Figures[];
  readonly bases: readonly (readonly Figures[])[];
}

const loads: number[] = [];

/** Plays all launches of some groups; figures of each storefront, launch by launch. */
async function played(groups: readonly Group[]): Promise<readonly (readonly Figures[])[]> {
  const launches: (readonly Figures[])[] = [];
  for (let number = 1; number <= plan.launches; number++) {
    const figures = (await launch(groups, plan, number)).flat();
    launches.push(figures);
    loads.push(loadavg()[0] as number);
    const shown = figures.map(({ mode, cpuMs }) => `${mode} ${median(cpuMs).toFixed(3)}`);
    process.stdout.write(`${number}: ${shown.join("  ")}\n`);
  }
  return launches;
}

/** What is compared with what: in `launches` the first and the fourth record nothing. */
function comparedIn(
  launches: readonly (readonly Figures[])[],
  places: readonly number[],
  suffix: string,
): readonly Compared[] {
  return places.map((place) => {
    const own = launches.map((figures) => figures[place] as Figures);
    const first = place - (place % 4);
    const isControl = place === first + 3 && own[0]?.mode === "none:1";
    const start = storing ? 0 : first;
    const bases = launches.map((figures) => {
      const [one, other] = [figures[start] as Figures, figures[start + 3] as Figures];
      return isControl ? [one] : [one, other];
    });
    const name = `${names[own[0]?.mode ?? ""]}${isControl ? ", once more" : ""}${suffix}`;
    return { name, own, bases };
  });
}

const percent = (portion: number): string => (portion * 100).toFixed(1);
const shownEffect = ({ low, middle, high }: Effect): string =>
  `${percent(middle)} % (${percent(low)} to ${percent(high)})`;

function rowOf({ name, own, bases }: Compared): string {
  const isBase = bases[0]?.[0] === own[0];
  const effect = effectOf(own.map((one, at) => moreOf(one, baseOf(bases[at] ?? []))));
  const rests = own.map((one, at) => {
    const base = bases[at] ?? [];
    const moreMs = one.restMs - mean(base.map(({ restMs }) => restMs));
    return moreMs / mean(base.map(({ cpuMs }) => median(cpuMs)));
  });
  const of = (figure: "gcMs" | "records" | "bytes"): number => mean(own.map((one) => one[figure]));
  return [
    `| ${name}`,
    mean(own.map(({ cpuMs }) => median(cpuMs))).toFixed(3),
    isBase ? "" : shownEffect(effect),
    isBase || !storing ? "" : `${percent(mean(rests))} %`,
    of("gcMs").toFixed(3),
    of("records").toFixed(1),
    `${of("bytes").toFixed(0)} |`,
  ].join(" | ");
}

const launches = await played(storing ? storeGroups : sdkGroups);
const compared = [...comparedIn(launches, [0, 3, 1, 2], "")];
if (before !== undefined) {
  compared.push(...comparedIn(launches, storing ? [4] : [4, 7, 5, 6], ", before"));
}

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
const apart = [
  'Each storefront has a process of its own. "At rest": more CPU between and after the slices',
  "(timers, sealing, points of metrics), which comes by time and not by orders: a storefront rests",
  "most of the run while the others have their turn.",
];
const text = [
  storing ? "# Cost of instrumentation and storing" : "# Cost of instrumentation",
  "",
  `CPU of the storefront (all threads) for each order; ${commits}. ${plan.launches} times started`,
  `anew, ${plan.turns} slices of ${plan.sliceOrders} orders each after ${plan.warmUpOrders}, the`,
  `storefronts in turn; ${cpus().length} cores, Node ${process.versions.node}; load of the machine`,
  `after each launch ${loads.map((load) => load.toFixed(1)).join(", ")}.`,
  "",
  '"More": each slice against those of the same turn in which nobody records, median and its 95 %',
  "interval (resampled by launches, and by turns within them). The control, once more nobody, is",
  "compared with the first one and says how far to trust the figures.",
  ...(storing ? apart : shared),
  "",
  `Written by \`node bench/instrumentation.bench.ts${storing ? " --storing" : ""}\`.`,
  "",
  "| mode | CPU ms | more | at rest | pauses for garbage ms | records | bytes |",
  "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...compared.map(rowOf),
  ...(storing ? [] : await spanTable()),
  "",
].join("\n");
process.stdout.write(text);
const dropped = compared.filter(({ own }) => own.some((one) => one.dropped > 0));
if (dropped.length > 0) {
  const which = dropped.map(({ name }) => name).join("; ");
  throw new Error(`no measurement: records were dropped (${which})`);
}
if (!smoke) {
  const file = storing ? "instrumentation-storing.md" : "instrumentation.md";
  writeFileSync(join(import.meta.dirname, "results", file), text);
}

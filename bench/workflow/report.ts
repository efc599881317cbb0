/** The report: what was measured beside what it should be. */
import { wrapped } from "../telemetry/conditions.ts";
import type { Line } from "./compare.ts";
import { median, quantile, row, shown } from "./figures.ts";
import type { Sizes } from "./plan.ts";
import { steps } from "./subject.ts";
import type { Scaled } from "./together.ts";
import { processes } from "./together.ts";
import type { Trips } from "./trips.ts";
import type { Traffic } from "./wire.ts";

/** Everything that was measured. */
export interface Results {
  readonly sizes: Sizes;
  readonly lines: readonly Line[];
  readonly scaled: readonly Scaled[];
  readonly trips: readonly Trips[];
  /** Lines of text: the machine, the versions. */
  readonly conditions: readonly string[];
}

const isOurs = ({ entrant }: Line): boolean => entrant.name.startsWith("morning");

const named = (lines: readonly Line[], name: string): Line | undefined =>
  lines.find(({ entrant }) => entrant.name === name);

function spread(list: readonly number[]): string {
  return `${shown(Math.min(...list))}-${shown(Math.max(...list))}`;
}

/** How many times the rate of another one: round by round, since what else weighs on both does. */
const timesOf = (one: Line | undefined, other: Line | undefined): number =>
  median((one?.rates ?? []).map((rate, round) => rate / (other?.rates[round] ?? NaN)));

/** By which of ours an engine is judged: the one that keeps its data likewise. */
function rivalOf(lines: readonly Line[], line: Line): Line | undefined {
  return named(lines, line.entrant.isOnPostgres ? "morning-postgres" : "morning-sqlite");
}

function throughput(lines: readonly Line[]): readonly string[] {
  const ours = named(lines, "morning-sqlite");
  return [
    "| engine | workflows/s | of rounds | SQLite is times | Postgres is times | p50 ms | p95 ms " +
      "| commits |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines.map((line) => {
      const rate = median(line.rates);
      const against = (one: Line | undefined): string =>
        one === undefined || isOurs(line) ? "" : shown(timesOf(one, line));
      return row(
        line.entrant.title,
        shown(rate),
        spread(line.rates),
        against(ours),
        against(named(lines, "morning-postgres")),
        shown(median(line.manyMs)),
        shown(quantile(line.manyMs, 0.95)),
        isOurs(line) ? shown(median(line.commits)) : "",
      );
    }),
  ];
}

function latency(lines: readonly Line[]): readonly string[] {
  return [
    "| engine | p50 ms | p95 ms | its own record p50 ms | its p50 is times ours | commits |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines.map((line) => {
      const p50 = median(line.aloneMs);
      const rival = rivalOf(lines, line);
      const ratio = isOurs(line) || rival === undefined ? "" : shown(p50 / median(rival.aloneMs));
      return row(
        line.entrant.title,
        shown(p50),
        shown(quantile(line.aloneMs, 0.95)),
        line.aloneRecordedMs.length === 0 ? "" : shown(median(line.aloneRecordedMs)),
        ratio,
        isOurs(line) ? shown(median(line.aloneCommits)) : "",
      );
    }),
  ];
}

function processor(lines: readonly Line[]): readonly string[] {
  return [
    "| engine | its process | its servers | together | its is times ours | one alone |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...lines.map((line) => {
      const total = (one: Line): number => median(one.ownMs) + median(one.serverMs);
      const rival = rivalOf(lines, line);
      return row(
        line.entrant.title,
        shown(median(line.ownMs)),
        shown(median(line.serverMs)),
        shown(total(line)),
        isOurs(line) || rival === undefined ? "" : shown(total(line) / total(rival)),
        shown(median(line.aloneProcessorMs)),
      );
    }),
  ];
}

function scaling(scaled: readonly Scaled[]): readonly string[] {
  return [
    `| what | one process, workflows/s | ${processes} processes | ratio | of rounds |`,
    "| --- | ---: | ---: | ---: | ---: |",
    ...scaled.map((one) => {
      const ratios = ratiosOf(one);
      const { title } = one.contest;
      const rates = [shown(median(one.one)), shown(median(one.four))];
      return row(title, ...rates, shown(median(ratios)), spread(ratios));
    }),
  ];
}

const ratiosOf = ({ one, four }: Scaled): readonly number[] =>
  four.map((rate, round) => rate / (one[round] ?? NaN));

function counting(trips: readonly Trips[]): readonly string[] {
  const cells = (of: Traffic): readonly string[] =>
    [of.statements, of.roundTrips, of.commits].map((value) => shown(value));
  return [
    "| engine | statements | round trips | commits | of many: statements | round trips | commits |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...trips.map(({ title, alone, many }) => row(title, ...cells(alone), ...cells(many))),
  ];
}

/** A goal, and whether it is met. */
function goal(what: string, least: string, value: number, isMet: boolean): string {
  const verdict = Number.isFinite(value) ? (isMet ? "met" : "**missed**") : "not measured";
  return row(what, least, shown(value), verdict);
}

function goals({ lines, scaled }: Results): readonly string[] {
  const rate = (line: Line | undefined): number => median(line?.rates ?? []);
  const ours = named(lines, "morning-sqlite");
  const onPostgres = named(lines, "morning-postgres");
  const peers = lines.filter((line) => !isOurs(line));
  const best = peers.toSorted((a, b) => rate(b) - rate(a))[0];
  const times = timesOf(ours, best);
  const dbos = timesOf(onPostgres, named(lines, "dbos"));
  const p50 = median(ours?.aloneMs ?? []);
  const [nothing, , waits] = scaled.map((one) => median(ratiosOf(one)));
  return [
    "| goal | | measured | |",
    "| --- | ---: | ---: | --- |",
    goal("workflows/s on SQLite", ">= 1,000", rate(ours), rate(ours) >= 1000),
    goal(`times the best peer (${best?.entrant.title ?? "none"})`, ">= 10", times, times >= 10),
    goal("on Postgres, times DBOS", "", dbos, dbos >= 1),
    goal("p50 of one alone on SQLite, ms", "< 12", p50, p50 < 12),
    goal(
      `${processes} processes, steps that do nothing, times one process`,
      ">= 0.9",
      nothing ?? NaN,
      (nothing ?? 0) >= 0.9,
    ),
    goal(
      `${processes} processes, steps that wait, times one process`,
      ">= 3.5",
      waits ?? NaN,
      (waits ?? 0) >= 3.5,
    ),
  ];
}

/** Where a peer is ahead, in words; that there is none, too. */
function losses(lines: readonly Line[]): readonly string[] {
  const found = lines
    .filter((line) => !isOurs(line))
    .flatMap((line) => {
      const rival = rivalOf(lines, line);
      if (rival === undefined) return [];
      const { title } = line.entrant;
      const checks: readonly (readonly [string, number])[] = [
        ["workflows/s", timesOf(line, rival)],
        ["p50 alone", median(rival.aloneMs) / median(line.aloneMs)],
        ["p95 alone", quantile(rival.aloneMs, 0.95) / quantile(line.aloneMs, 0.95)],
        [
          "processor time a workflow",
          (median(rival.ownMs) + median(rival.serverMs)) /
            (median(line.ownMs) + median(line.serverMs)),
        ],
        [
          "processor time of one alone",
          median(rival.aloneProcessorMs) / median(line.aloneProcessorMs),
        ],
      ];
      return checks
        .filter(([, ahead]) => ahead > 1)
        .map(([what, ahead]) => `- ${title}: ${what}, ${shown(ahead)} times.`);
    });
  return found.length > 0 ? found : ["None in what was measured."];
}

const roundsOf = ({ rounds }: Sizes): string =>
  rounds === 1
    ? "One small round without warming up: its figures say little."
    : `${rounds} rounds, medians; one more before is not counted.`;

/** The engines beside each other. */
function compared({ sizes, lines }: Results): readonly string[] {
  return [
    `## ${sizes.lanes} workflows at once`,
    "",
    ...wrapped(
      "The rate is the median of the rounds, beside it the slowest and the fastest one; *is " +
        "times* is the median of what each round gives. Latency is from the call that starts a " +
        "workflow to its result. *Commits*: of our store, a workflow; what waits is committed " +
        "together.",
    ),
    "",
    ...throughput(lines),
    "",
    ...lines.map(({ entrant, conditions: stood }) => `- ${entrant.title}: ${stood}.`),
    "",
    "## One workflow after the other",
    "",
    ...wrapped(
      "*Its own record*: from the start to the end of the workflow in the engine's rows, without " +
        "what it waits for a worker and its client for the result. An engine is held against " +
        "ours that keeps its data likewise: on Postgres, or in files.",
    ),
    "",
    ...latency(lines),
    "",
    "## Processor time of a workflow, milliseconds",
    "",
    ...wrapped(
      `With ${sizes.lanes} at once; *servers* are Postgres' sessions, or Restate's server. In ` +
        "the last column all of it with one after the other, polling and idling while it waits " +
        "included.",
    ),
    "",
    ...processor(lines),
    "",
  ];
}

/** What was looked at on Postgres alone. */
function onPostgres({ scaled, trips }: Results): readonly string[] {
  if (scaled.length === 0) return [];
  return [
    "## Ours on Postgres: several processes on one database",
    "",
    ...wrapped(
      `${processes} processes share a database, one has a database of its own; all were started ` +
        "and warmed up before the clock ran, and take turns. Where the same workflows are spread " +
        "over more processes, each commits smaller groups.",
    ),
    "",
    ...scaling(scaled),
    "",
    "## A step on Postgres",
    "",
    ...wrapped(
      "Counted by a proxy between the engine and the server, a workflow's start, end and result " +
        "shared among its steps. *Statements*: without begin, commit and savepoints. *Round " +
        "trips*: times that a connection waited for an answer. *Commits*: transactions with a " +
        "statement that changes rows.",
    ),
    "",
    ...counting(trips),
    "",
  ];
}

/** The text of the report. */
export function report(results: Results): string {
  const { sizes, lines, conditions } = results;
  return [
    "# Workflows: ten steps, each durable before the next one",
    "",
    ...wrapped(
      `A workflow is ${steps} steps that do nothing and return a number. Every engine has a ` +
        `process of its own, all in one run and in turns. ${roundsOf(sizes)}`,
    ),
    "",
    ...conditions,
    "",
    "## Goals",
    "",
    ...goals(results),
    "",
    ...compared(results),
    ...onPostgres(results),
    "## Where a peer is ahead of ours",
    "",
    ...losses(lines),
    "",
    "Run: `node bench/workflow.bench.ts`, `--smoke` for a small run that writes nothing.",
    "",
  ].join("\n");
}

import type { Times } from "./asking.ts";
import { at } from "./asking.ts";
import type { Compared } from "./compared.ts";
import { conditions, peerVersions, wrapped } from "./conditions.ts";
import type { Filled } from "./fill.ts";
import type { Question } from "./questions.ts";

/** What Morning's engine held. */
export interface Held {
  readonly data: Filled;
  readonly segments: number;
  readonly mib: number;
  readonly loadBefore: number;
}

/** A question that was asked. */
export interface Asked {
  readonly question: Question;
  readonly times: Times;
}

/** A comparison that was made. */
export interface ComparedTimes {
  readonly compared: Compared;
  readonly ours: Times;
  readonly theirs: Times;
  /**
   * What the two answered to the same question: how many entries, and whether they are the same.
   */
  readonly answers: string;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

/** A row of the table of Morning alone. */
export function askedRow({ question, times }: Asked): string {
  const { name, goalMs } = question;
  const goal =
    goalMs === undefined ? " " : ` ${goalMs} ${times.p95 <= goalMs ? "" : "**missed** "}`;
  const told = [times.first, times.p50, times.p95, times.cpu].map(ms);
  return `| ${name} |${goal}| ${told.join(" | ")} |`;
}

/** A row of the table of comparisons; a ratio where Morning is slower is bold. */
export function comparedRow({ compared, ours, theirs, answers }: ComparedTimes): string {
  const ratio = (a: number, b: number): string => {
    const value = (a / b).toFixed(2);
    return a > b ? `**${value}**` : value;
  };
  const cells = [
    compared.name,
    answers,
    ms(ours.p50),
    ms(ours.p95),
    ms(theirs.p50),
    ms(theirs.p95),
    ratio(ours.p50, theirs.p50),
    ratio(ours.p95, theirs.p95),
    `${ms(ours.cpuMean)} / ${ms(theirs.cpuMean)}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

function held({ data, segments, mib }: Held): string {
  return (
    `${data.logs} log records and ${data.spans} spans of a small shop over a day, in Morning ` +
    `sealed in ${segments} segments of ${mib} MiB`
  );
}

/** The section of Morning alone. */
export function aloneSection(store: Held, asked: readonly Asked[]): string {
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
  return [
    "## Morning alone",
    "",
    ...wrapped(
      `${held(store)}; milliseconds of one question after the other. *First*: the first ` +
        "time in this process; *CPU*: processor time, which tells more than the clock where " +
        `others use the machine. Memory of the queries 1 GiB, the process has ${rss} MiB in ` +
        `the end. Conditions: ${conditions(store.loadBefore)}.`,
    ),
    "",
    "| question | goal p95 | first | p50 | p95 | CPU p50 |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...asked.map(askedRow),
    "",
  ].join("\n");
}

function introOf(store: Held): string {
  return (
    `${held(store)}; the same records over OTLP to the peer. Both are asked the same question ` +
    "in turn, twenty times where nothing else is said and once more before, which is not " +
    "counted; what they answer is compared each time. *Ratio*: Morning / peer, below 1 " +
    "Morning is faster, **bold** where it is slower. *CPU*: processor milliseconds of the " +
    "store for one question on average, Morning / peer; of SQL, Morning's are in another " +
    "process and not in it. Morning is asked in the process, the peer over HTTP and JSON: " +
    "the milliseconds that this takes are in the peer's."
  );
}

/** The section of the comparison with one peer. */
export function comparedSection(
  store: Held,
  peer: string,
  made: readonly ComparedTimes[],
  footprint: string,
): string {
  const p50s = made.map(({ ours, theirs }) => ours.p50 / theirs.p50).toSorted((a, b) => a - b);
  const slower = p50s.filter((one) => one > 1).length;
  const verdict =
    `Morning is slower in ${slower} of ${made.length} by the median; the median of the ` +
    `ratios is ${at(p50s, 0.5).toFixed(2)}. ${footprint}`;
  return [
    `## Beside ${peer}`,
    "",
    ...wrapped(introOf(store)),
    "",
    ...wrapped(`Conditions: ${conditions(store.loadBefore)}; ${peerVersions()}.`),
    "",
    ...wrapped(verdict),
    "",
    "| question | answers | p50 | p95 | peer p50 | peer p95 | ratio p50 | ratio p95 | CPU |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...made.map(comparedRow),
    "",
    "How the peer was asked:",
    "",
    ...made.map(({ compared }) => `- ${compared.name}: ${compared.how}`),
    "",
  ].join("\n");
}

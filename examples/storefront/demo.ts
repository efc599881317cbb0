import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { start } from "morning-ai/server";
import type { Running } from "morning-ai/server";
import morning from "../../morning.config.ts";
import { countFile } from "./count.ts";
import type { Count } from "./count.ts";
import { readInvoices } from "./replay/invoices.ts";
import { nothingPlayed, play } from "./replay/play.ts";
import type { Played } from "./replay/play.ts";
import { differences, lines, resultOf } from "./replay/result.ts";
import { rejectsTo } from "./replay/rejects.ts";
import { untilSettled } from "./replay/settled.ts";
import { shopAt } from "./replay/shop.ts";

const usage = `npm run demo -- --orders FILE [options]

Plays the transactions of a file through the storefront's HTTP API.

  --orders FILE       Transactions: .csv or .csv.gz with the columns of the Online Retail data set
  --speed 2000x|max   How much faster than it happened; max: as fast as it goes (2000x if left out)
  --limit N           The first N invoices alone
  --url URL           A platform that runs; its own traffic must rest (morning start --quiet)
  --concurrency N     Invoices under way at once (32 if left out)
  --rejects FILE      Where malformed rows go (.morning/rejects-NAME.csv if left out)
  --data-folder PATH  Where the platform keeps its data; kept (a temporary folder if left out)
  --json              The result as JSON
  --help

Exit codes: 0 the shop's totals are those of the file, 1 they are not, 2 wrong use.
`;

interface Options {
  readonly orders: string;
  readonly speed: number;
  readonly limit: number;
  readonly concurrency: number;
  readonly rejects: string;
  readonly url: string | undefined;
  readonly dataFolder: string | undefined;
  readonly json: boolean;
}

class WrongUse extends Error {}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new WrongUse(`--${name} ${text} is not a number above 0`);
}

function speedOf(text: string): number {
  return text === "max" ? Number.POSITIVE_INFINITY : positive("speed", text.replace(/x$/, ""));
}

function optionsOf(args: readonly string[]): Options | undefined {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      orders: text,
      speed: text,
      limit: text,
      url: text,
      concurrency: text,
      rejects: text,
      "data-folder": text,
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return undefined;
  const { orders } = values;
  if (orders === undefined) throw new WrongUse("--orders FILE is missing");
  const name = basename(orders).replace(/\.csv(\.gz)?$/, "");
  return {
    orders,
    speed: speedOf(values.speed ?? "2000x"),
    limit: values.limit === undefined ? Number.POSITIVE_INFINITY : positive("limit", values.limit),
    concurrency: positive("concurrency", values.concurrency ?? "32"),
    rejects: values.rejects ?? join(".morning", `rejects-${name}.csv`),
    url: values.url,
    dataFolder: values["data-folder"],
    json: values.json ?? false,
  };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Only what went wrong: the progress has the line to itself. */
const log = {
  debug: () => {},
  info: () => {},
  warn: (message: string, fields?: object) => say(`warning: ${message} ${JSON.stringify(fields)}`),
  error: (message: string, fields?: object) => say(`error: ${message} ${JSON.stringify(fields)}`),
  with: () => log,
};

interface Place {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** The platform that runs at --url, or one that starts here. */
async function platform({ url, dataFolder }: Options): Promise<Place> {
  if (url !== undefined) return { url: url.replace(/\/$/, ""), stop: () => Promise.resolve() };
  const folder = dataFolder ?? mkdtempSync(join(tmpdir(), "morning-demo-"));
  const running: Running = await start({ config: morning, log, dataFolder: folder, port: 0 });
  say(`storefront: ${running.url} (data in ${folder})`);
  return {
    url: running.url,
    async stop() {
      await running.stop();
      if (dataFolder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function progress(played: Played, count: Count, startedMs: number): () => void {
  const all = count.orders + count.cancellations;
  const show = (): void => {
    const done = played.orders + played.cancellations + played.refusals;
    const seconds = (performance.now() - startedMs) / 1000;
    const day =
      played.atMs === 0 ? "" : new Date(played.atMs).toISOString().slice(0, 16).replace("T", " ");
    const percent = ((done / Math.max(1, all)) * 100).toFixed(1);
    const rate = `${(done / seconds).toFixed(0)}/s  ${seconds.toFixed(0)} s`;
    const text = `${day}  ${percent} %  ${done} of ${all} invoices  ${rate}`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}  ` : `${text}\n`);
  };
  const timer = setInterval(show, process.stderr.isTTY ? 500 : 5_000);
  return () => {
    clearInterval(timer);
    show();
    if (process.stderr.isTTY) say("");
  };
}

/**
 * Aborts at Ctrl-C, so that the platform stops and its temporary folder goes; a second one ends at
 * once.
 */
function interruption(): AbortController {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stopping.abort(new Error("stopped")));
  }
  return stopping;
}

/** Counts, plays, waits and compares; the exit code. */
async function demo(options: Options): Promise<number> {
  const stopping = interruption();
  const rejects = rejectsTo(options.rejects, say);
  const count = await countFile(options.orders, rejects.add, options.limit);
  await rejects.close();
  const place = await platform(options);
  try {
    const key = process.env["MORNING_API_KEY"];
    const { signal } = stopping;
    const shop = shopAt({ url: place.url, signal, ...(key === undefined ? {} : { key }) });
    const [before, trafficBefore] = await Promise.all([shop.summary(), shop.traffic()]);
    const startedMs = performance.now();
    const played = nothingPlayed();
    const stopProgress = progress(played, count, startedMs);
    // The plain count has reported what is malformed.
    const invoices = readInvoices(options.orders, () => {}, options.limit);
    const { speed, concurrency } = options;
    await play({ shop, invoices, speed, concurrency, played, signal }).finally(stopProgress);
    const playedMs = performance.now() - startedMs;
    say("waiting until all is settled");
    const standing = await untilSettled(shop, before, {
      // Played into the same shop again, nothing is new.
      orders: played.orders - played.repeated,
      cancellations: played.repeated > 0 ? 0 : played.cancellations,
    });
    const totalMs = performance.now() - startedMs;
    const result = resultOf({ count, played, standing, trafficBefore, playedMs, totalMs });
    const wrong = differences(result);
    const report = {
      ...result,
      rejects: rejects.count() > 0 ? options.rejects : null,
      differences: wrong,
    };
    process.stdout.write(
      options.json
        ? `${JSON.stringify(report, undefined, 2)}\n`
        : `${lines(result, wrong).join("\n")}\n`,
    );
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await place.stop();
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = optionsOf(args);
    if (options !== undefined) return await demo(options);
    process.stdout.write(usage);
    return 0;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    const parsing = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true;
    return error instanceof WrongUse || parsing ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));

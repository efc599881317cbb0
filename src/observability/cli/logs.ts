import type { Command, CommandRun } from "../../core/command.ts";
import type { LogPageView, PatternsView } from "../api/answers.ts";
import type { LogView } from "../api/shapes.ts";
import { aligned, flag, instant, option, queryOf, rangeOptions, show, text } from "./asking.ts";

/** How often a tail looks for new lines, milliseconds. */
const tailMs = 1000;
/** How far a tail looks back for lines that were stored late, milliseconds. */
const lateMs = 5000;

function lineOf(line: LogView): string {
  const trace = line.traceId === "" ? "" : `  trace=${line.traceId}`;
  const level = line.level.toUpperCase().padEnd(5);
  return `${instant(line.atMs)} ${level} ${line.service}: ${line.body}${trace}`;
}

async function search(call: CommandRun, query: URLSearchParams): Promise<LogPageView> {
  return (await call.api.request("GET", `/telemetry/logs?${query.toString()}`)) as LogPageView;
}

/** Follows what is stored until the process is stopped. */
async function tail(call: CommandRun, q: string | undefined): Promise<never> {
  let fromMs = Date.now() - lateMs;
  let known = new Set<string>();
  for (;;) {
    const query = new URLSearchParams({ fromMs: String(fromMs), order: "oldest", limit: "1000" });
    if (q !== undefined) query.set("q", q);
    const { records } = await search(call, query);
    const fresh = records.filter(({ id }) => !known.has(id));
    for (const line of fresh) {
      call.out(call.options["json"] === true ? JSON.stringify(line) : lineOf(line));
    }
    known = new Set(records.map(({ id }) => id));
    const lastMs = records.at(-1)?.atMs ?? fromMs;
    fromMs = Math.max(fromMs, records.length === 1000 ? lastMs : Date.now() - lateMs);
    await call.wait(tailMs);
  }
}

const searching: Command = {
  name: "logs search",
  summary: "Log lines that a query finds: logs search 'level:error service:orders card'",
  args: [
    { name: "query", description: "What to look for; everything if left out", optional: true },
  ],
  options: {
    ...rangeOptions,
    limit: text("Lines at most, 1 to 1000; 100 if left out"),
    cursor: text("Where the page before ended"),
    follow: flag("Go on with what is stored from now on"),
  },
  async run(call) {
    const q = call.args["query"];
    if (call.options["follow"] === true) return tail(call, q);
    const limit = option(call, "limit") ?? "100";
    const cursor = option(call, "cursor");
    const page = await search(call, queryOf(call, { q, limit, cursor }));
    return show(call, page, () => [
      ...page.records.toReversed().map(lineOf),
      ...(page.cursor === null ? [] : [`older: --cursor ${page.cursor}`]),
    ]);
  },
};

const patterns: Command = {
  name: "logs top",
  summary: "What kinds of lines the platform stored, the most frequent first",
  args: [{ name: "query", description: "Among which lines; all if left out", optional: true }],
  options: { ...rangeOptions, limit: text("Patterns at most, 1 to 500; 30 if left out") },
  async run(call) {
    const limit = option(call, "limit") ?? "30";
    const query = queryOf(call, { q: call.args["query"], limit });
    const path = `/telemetry/logs/patterns?${query.toString()}`;
    const found = (await call.api.request("GET", path)) as PatternsView;
    return show(call, found, () =>
      aligned(
        found.patterns.map(({ count, share, isNew, template, id }) => [
          count,
          `${(share * 100).toFixed(1)} %`,
          isNew ? "new" : "",
          template === "" ? id : template,
        ]),
      ),
    );
  },
};

/** Commands that look at the logs that the platform stored. */
export const logCommands: readonly Command[] = [searching, patterns];

import { readFile } from "node:fs/promises";
import type { Command, CommandOption, CommandRun } from "../../core/command.ts";
import { coreErrors, MorningError } from "../../core/errors.ts";
import type { ReplayTask } from "./driver.ts";
import type { EventExplanation } from "./explanation.ts";
import { isObject } from "./envelope.ts";
import { matches, parsePattern } from "./pattern/index.ts";

const text = (description: string): CommandOption => ({ type: "string", description });
const flag = (description: string): CommandOption => ({ type: "boolean", description });

/** How often the progress of a replay is looked at, milliseconds. */
const progressMs = 500;

function option({ options }: CommandRun, key: string): string | undefined {
  const value = options[key];
  return typeof value === "string" ? value : undefined;
}

function needed(call: CommandRun, key: string): string {
  const value = option(call, key);
  if (value !== undefined) return value;
  throw coreErrors.MOR_INVALID(`--${key} is missing`);
}

function jsonValue(value: string, subject: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`${subject} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function readJson(path: string): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw coreErrors.MOR_NOT_FOUND(`${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return jsonValue(content, path);
}

/** A time as the command line takes it: ISO 8601, or milliseconds since the epoch. */
function timeOf(value: string, key: string): number {
  const atMs = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
  if (!Number.isNaN(atMs)) return atMs;
  throw coreErrors.MOR_INVALID(`--${key} is ${value}, not a time such as 2026-05-01T12:00:00Z`);
}

/** Writes `value` as JSON if asked to, else the lines. */
function show(call: CommandRun, value: unknown, lines: () => readonly string[]): number {
  if (call.options["json"] === true) call.out(JSON.stringify(value));
  else for (const line of lines()) call.out(line);
  return 0;
}

/** An event of the catalogue, as far as a line shows it. */
interface Listed {
  readonly name: string;
  readonly version: number;
  readonly published?: number;
  readonly producers: readonly string[];
  readonly consumers: readonly { readonly service: string }[];
}

function listedLine({ name, version, published, producers, consumers }: Listed): string {
  const from = producers.join(", ") || "nobody";
  const to = consumers.map(({ service }) => service).join(", ") || "nobody";
  const count = published === undefined ? "" : `, ${published} published`;
  return `${name.padEnd(40)} v${version}  ${from} -> ${to}${count}`;
}

const list: Command = {
  name: "event list",
  summary: "Every event: version, who publishes it, who gets it",
  args: [],
  options: {},
  async run(call) {
    const { events } = (await call.api.request("GET", "/events")) as { events: readonly Listed[] };
    return show(call, events, () => events.map(listedLine));
  },
};

/** An event of the log, as far as a line shows it. */
interface LoggedLine {
  readonly id: string;
  readonly time: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly detail: unknown;
  readonly deliveredTo: readonly string[];
}

const log: Command = {
  name: "event log",
  summary: "Published events, newest first",
  args: [{ name: "id", description: "One event, whole", optional: true }],
  options: {
    limit: text("Events at most, 1 to 500; 50 if left out"),
    type: text("Only events of this type"),
    source: text("Only events of this source: APP.SERVICE"),
    "trace-id": text("Only events that carry this trace"),
    contains: text("Only events with this text in type, source or data"),
    from: text("Only events from this time on: ISO 8601 or milliseconds"),
    to: text("Only events before this time"),
    cursor: text("Where the page before ended"),
  },
  async run(call) {
    const { id } = call.args;
    if (id !== undefined) {
      const event = await call.api.request("GET", `/events/log/${encodeURIComponent(id)}`);
      return show(call, event, () => [JSON.stringify(event, undefined, 2)]);
    }
    const query = new URLSearchParams();
    for (const key of ["limit", "type", "source", "trace-id", "contains", "cursor"]) {
      const value = option(call, key);
      if (value !== undefined) query.set(key === "trace-id" ? "traceId" : key, value);
    }
    for (const key of ["from", "to"]) {
      const value = option(call, key);
      if (value !== undefined) query.set(key, String(timeOf(value, key)));
    }
    const page = (await call.api.request("GET", `/events/log?${query.toString()}`)) as {
      readonly events: readonly LoggedLine[];
      readonly cursor?: string;
    };
    return show(call, page, () => [
      ...page.events.map(
        (event) =>
          `${event.time} ${event.id} ${event["detail-type"]} from ${event.source} to ` +
          `${event.deliveredTo.length}: ${JSON.stringify(event.detail).slice(0, 120)}`,
      ),
      ...(page.cursor === undefined ? [] : [`more: --cursor ${page.cursor}`]),
    ]);
  },
};

const publish: Command = {
  name: "event publish",
  summary: "Publish one event",
  args: [
    { name: "type", description: "The event: order.placed" },
    { name: "data", description: "Its data as JSON" },
  ],
  options: {},
  async run(call) {
    const { type = "", data = "" } = call.args;
    const body = { type, data: jsonValue(data, "the data") };
    const answer = (await call.api.request("POST", "/events", body)) as { readonly id: string };
    return show(call, answer, () => [`published ${answer.id}`]);
  },
};

const explain: Command = {
  name: "event explain",
  summary: "Say rule by rule why an event would be delivered, or not",
  args: [
    { name: "type", description: "The event: order.placed; not with --id", optional: true },
    { name: "data", description: "Its data as JSON", optional: true },
  ],
  options: { id: text("Explain a published event of the log instead of data") },
  async run(call) {
    const id = option(call, "id");
    if ((id === undefined) === (call.args["type"] === undefined)) {
      throw coreErrors.MOR_INVALID("event explain takes a type and data, or --id");
    }
    const { type = "", data = "{}" } = call.args;
    const body =
      id === undefined
        ? { type, data: jsonValue(data, "the data") }
        : { event: await call.api.request("GET", `/events/log/${encodeURIComponent(id)}`) };
    const answer = (await call.api.request("POST", "/events/explain", body)) as EventExplanation;
    return show(call, answer, () =>
      answer.subscriptions.map(
        ({ name, matched, sentence }) => `${matched ? "+" : "-"} ${name}: ${sentence}`,
      ),
    );
  },
};

const pathOf = (name: string): string => `/events/replays/${encodeURIComponent(name)}`;

function replayLine({ name, state, read, total, delivered, error }: ReplayTask): string {
  const counts = Object.entries(delivered).map(([one, count]) => `${one} ${count}`);
  const why = error === undefined ? "" : `: ${error}`;
  const reached = counts.join(", ") || "none delivered";
  return `${name} ${state}${why}, ${read} of ${total} events; ${reached}`;
}

async function replays(call: CommandRun): Promise<readonly ReplayTask[]> {
  const answer = await call.api.request("GET", "/events/replays");
  return (answer as { readonly replays: readonly ReplayTask[] }).replays;
}

/** Waits for the end of a replay; lines of progress unless JSON is wanted. */
async function follow(call: CommandRun, started: ReplayTask): Promise<ReplayTask> {
  let task = started;
  while (task.state === "running") {
    await call.wait(progressMs);
    task = (await replays(call)).find(({ name }) => name === started.name) ?? task;
    if (call.options["json"] !== true && task.state === "running") call.out(replayLine(task));
  }
  return task;
}

const replay: Command = {
  name: "event replay",
  summary: "Deliver published events again; without a name: list replays",
  args: [{ name: "name", description: "Name of the replay; marks its events", optional: true }],
  options: {
    from: text("Begin of the window: ISO 8601 or milliseconds"),
    to: text("End of the window"),
    pattern: text("Only events that match this pattern, JSON"),
    subscriptions: text("Only to these subscriptions, apart by commas"),
    rate: text("Events a second at most"),
    "dry-run": flag("Count what would be delivered, and deliver nothing"),
    cancel: flag("Stop the replay of this name"),
    detach: flag("Do not wait for its end"),
  },
  async run(call) {
    const { name } = call.args;
    if (name === undefined) {
      const all = await replays(call);
      return show(call, all, () => all.map(replayLine));
    }
    if (call.options["cancel"] === true) {
      await call.api.request("DELETE", pathOf(name));
      return show(call, { name, state: "cancelled" }, () => [`${name} cancelled`]);
    }
    const [pattern, chosen, rate] = ["pattern", "subscriptions", "rate"].map((key) =>
      option(call, key),
    );
    const started = (await call.api.request("POST", "/events/replays", {
      name,
      from: timeOf(needed(call, "from"), "from"),
      to: timeOf(needed(call, "to"), "to"),
      ...(pattern === undefined ? {} : { pattern: jsonValue(pattern, "--pattern") }),
      ...(chosen === undefined ? {} : { subscriptions: chosen.split(",") }),
      ...(rate === undefined ? {} : { ratePerSecond: Number(rate) }),
      ...(call.options["dry-run"] === true ? { dryRun: true } : {}),
    })) as ReplayTask;
    const task = call.options["detach"] === true ? started : await follow(call, started);
    show(call, task, () => [replayLine(task)]);
    return task.state === "failed" ? 1 : 0;
  },
};

/**
 * What became of one case; `result` is `match`, `nomatch` or the class of the error with its
 * message.
 */
export interface CaseResult {
  readonly id?: unknown;
  readonly result: string;
}

/** The verdict on one pattern and event, in EventBridge's words where the pattern is refused. */
function verdict(pattern: unknown, event: unknown): string {
  try {
    return matches(parsePattern(pattern), event) ? "match" : "nomatch";
  } catch (error) {
    if (!MorningError.is(error, "MOR_EVENT_PATTERN_INVALID")) throw error;
    const { awsCode, awsMessage } = error.details;
    return `${String(awsCode)}: ${String(awsMessage)}`;
  }
}

/** Judges one case. @throws MOR_INVALID when it is none */
function matchCase(value: unknown): string {
  if (!isObject(value) || !("pattern" in value) || !("event" in value)) {
    throw coreErrors.MOR_INVALID("a case has the fields pattern and event");
  }
  const { pattern, event } = value;
  return verdict(pattern, typeof event === "string" ? jsonValue(event, "the event") : event);
}

/** Judges all cases; one that cannot be read does not keep the others from it. */
function matchAll(cases: readonly unknown[]): {
  readonly results: readonly CaseResult[];
  readonly unread: number;
} {
  let unread = 0;
  const results = cases.map((value): CaseResult => {
    const named = isObject(value) && value["id"] !== undefined ? { id: value["id"] } : {};
    try {
      return { ...named, result: matchCase(value) };
    } catch (error) {
      if (!MorningError.is(error)) throw error;
      unread++;
      return { ...named, result: `${error.code}: ${error.message}` };
    }
  });
  return { results, unread };
}

const match: Command = {
  name: "event match",
  summary:
    "Say of each case of a file whether its pattern matches its event; needs no platform. " +
    "Prints a line a case: match, nomatch, or the error's class and message, after the case's " +
    "id if it has one. With --json one array of { id?, result }. " +
    "Exit code 0 if all cases could be read.",
  args: [],
  options: {
    cases: text(
      "The file: a JSON array of { pattern, event, id? }; a pattern or event may be text",
    ),
  },
  async run(call) {
    const path = needed(call, "cases");
    const cases = await readJson(path);
    if (!Array.isArray(cases)) throw coreErrors.MOR_INVALID(`${path} is not a JSON array of cases`);
    const { results, unread } = matchAll(cases);
    show(call, results, () =>
      results.map(({ id, result }) =>
        id === undefined ? result : `${typeof id === "string" ? id : JSON.stringify(id)} ${result}`,
      ),
    );
    return unread === 0 ? 0 : 1;
  },
};

/** The event bus's commands. */
export const commands: readonly Command[] = [list, log, publish, explain, replay, match];

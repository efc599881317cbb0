import type { ApiClient, Command, CommandArgument, CommandRun } from "../core/command.ts";
import { coreErrors } from "../core/errors.ts";
import type { HistoryEvent } from "./asl/index.ts";
import type { EntriesPage, RunsPage } from "./answers.ts";
import type {
  CostView,
  EntryView,
  OpenCallback,
  RunDetail,
  RunView,
  ShownValue,
  WorkflowView,
} from "./view.ts";

const runArgument: readonly CommandArgument[] = [{ name: "id", description: "The run" }];
const nameArgument: readonly CommandArgument[] = [{ name: "name", description: "The workflow" }];

const text = (description: string) => ({ type: "string", description }) as const;

const filterOptions = {
  workflow: text("Runs of this workflow alone"),
  status: text("Runs that stand so: failed, or several apart by commas"),
  attribute: text("Runs that are found by NAME:VALUE"),
};

const runPath = (id: string | undefined): string =>
  `/workflow-runs/${encodeURIComponent(id ?? "")}`;

const at = (instantMs: number | null): string =>
  instantMs === null ? "-" : new Date(instantMs).toISOString();

/** JSON of an option. @throws MOR_INVALID */
function jsonIn(call: CommandRun, name: string): { readonly value?: unknown } {
  const given = call.options[name];
  if (typeof given !== "string") return {};
  try {
    return { value: JSON.parse(given) as unknown };
  } catch {
    throw coreErrors.MOR_INVALID(`--${name} is not JSON: ${given.slice(0, 80)}`, {
      fix: `Quote it for the shell: --${name} '{"orderId":"A-17"}'.`,
    });
  }
}

function textIn(call: CommandRun, name: string): string | undefined {
  const given = call.options[name];
  return typeof given === "string" ? given : undefined;
}

/** Prints `value` with --json, else what `show` writes. */
function tell(call: CommandRun, value: unknown, show: () => void): number {
  if (call.options["json"] === true) call.out(JSON.stringify(value));
  else show();
  return 0;
}

function runLine({ id, workflow, status, createdAtMs, endedAtMs, error }: RunView): string {
  const tookMs = endedAtMs === null ? "" : `  ${endedAtMs - createdAtMs} ms`;
  const why = error === null ? "" : `  ${error.message}`;
  return `${id}  ${workflow}  ${status}  ${at(createdAtMs)}${tookMs}${why}`;
}

const costText = ({ currency, amount }: CostView): string => `${amount} ${currency}`;

function entryLine({ at: place, kind, name, status, attempt, startedAtMs, ...entry }: EntryView) {
  const took = entry.endedAtMs === null ? "" : `${entry.endedAtMs - startedAtMs} ms`;
  const tries = attempt > 1 ? `${attempt} attempts` : "";
  const paid = entry.costs.map(costText).join(", ");
  const until = entry.dueAtMs === null ? "" : `until ${at(entry.dueAtMs)}`;
  const said = entry.error?.message ?? entry.value?.json ?? "";
  const words = [place, kind, name, status, took, tries, paid, until, said];
  return `  ${words.filter(Boolean).join("  ")}`;
}

function queryOf(call: CommandRun, names: readonly string[]): string {
  const query = new URLSearchParams();
  for (const name of names) {
    const given = textIn(call, name);
    if (given !== undefined) query.set(name, given);
  }
  return query.toString();
}

const list: Command = {
  name: "workflow list",
  summary: "Workflows and how their runs stand",
  args: [],
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", "/workflows")) as { workflows: WorkflowView[] };
    return tell(call, found, () => {
      for (const { name, version, service, runs } of found.workflows) {
        const counts = Object.entries(runs).filter(([, count]) => count > 0);
        const said = counts.map(([status, count]) => `${count} ${status}`).join(", ");
        call.out(`${name}  version ${version}  ${service}  ${said || "no runs"}`);
      }
    });
  },
};

const runs: Command = {
  name: "workflow runs",
  summary: "Search runs, newest first",
  args: [],
  options: {
    ...filterOptions,
    limit: text("How many at most; 50 if left out"),
    cursor: text("The page after this one"),
  },
  async run(call) {
    const query = queryOf(call, ["workflow", "status", "attribute", "limit", "cursor"]);
    const page = (await call.api.request("GET", `/workflow-runs?${query}`)) as RunsPage;
    return tell(call, page, () => {
      for (const run of page.runs) call.out(runLine(run));
      if (page.cursor !== undefined) call.out(`more: --cursor ${page.cursor}`);
    });
  },
};

async function detail(api: ApiClient, id: string | undefined): Promise<RunDetail> {
  return (await api.request("GET", runPath(id))) as RunDetail;
}

const show: Command = {
  name: "workflow show",
  summary: "One run with what it recorded",
  args: runArgument,
  options: {},
  async run(call) {
    const { id } = call.args;
    const run = await detail(call.api, id);
    const { entries } = (await call.api.request("GET", `${runPath(id)}/entries`)) as EntriesPage;
    return tell(call, { ...run, history: entries }, () => {
      call.out(runLine(run));
      call.out(`  input ${run.input.json}`);
      if (run.costs.length > 0) call.out(`  cost ${run.costs.map(costText).join(", ")}`);
      for (const entry of entries) call.out(entryLine(entry));
      if (run.output !== null) call.out(`  output ${run.output.json}`);
    });
  },
};

const recording: Command = {
  name: "workflow recording",
  summary: "All that a run recorded, as JSON: for a test that replays it against other code",
  args: runArgument,
  options: {},
  async run(call) {
    const path = `${runPath(call.args["id"])}/recording`;
    call.out(JSON.stringify(await call.api.request("GET", path)));
    return 0;
  },
};

const waitMs = 250;

const start: Command = {
  name: "workflow start",
  summary: "Start a run; with --wait, wait for its end (exit code 1 unless it completed)",
  args: nameArgument,
  options: {
    input: text("The input, JSON"),
    id: text("The run's id: starting it again does nothing"),
    wait: { type: "boolean", description: "Wait for the run's end and print its output" },
  },
  async run(call) {
    const { value: input } = jsonIn(call, "input");
    const id = textIn(call, "id");
    const path = `/workflows/${encodeURIComponent(call.args["name"] ?? "")}/runs`;
    const body = {
      ...(input === undefined ? {} : { input }),
      ...(id === undefined ? {} : { id }),
    };
    const started = (await call.api.request("POST", path, body)) as { id: string };
    if (call.options["wait"] !== true) return tell(call, started, () => call.out(started.id));
    for (;;) {
      const run = await detail(call.api, started.id);
      if (run.endedAtMs === null) {
        await call.wait(waitMs);
        continue;
      }
      tell(call, run, () => call.out(run.output?.json ?? runLine(run)));
      return run.status === "completed" ? 0 : 1;
    }
  },
};

/** A command that changes one run. */
function act(verb: string, summary: string, done: string): Command {
  return {
    name: `workflow ${verb}`,
    summary,
    args: runArgument,
    options: {},
    async run(call) {
      const { id } = call.args;
      const made = (await call.api.request("POST", `${runPath(id)}/${verb}`, {})) as
        | { readonly id?: string }
        | undefined;
      const told = made?.id ?? id;
      return tell(call, { id: told, done }, () => call.out(`${told}: ${done}`));
    },
  };
}

const fork: Command = {
  name: "workflow fork",
  summary: "Begin a new run that goes on from an entry of this one, with today's code",
  args: runArgument,
  options: {
    at: text("The entry to do anew, by its position (workflow show); all of it if left out"),
    input: text("Another input, JSON"),
  },
  async run(call) {
    const from = textIn(call, "at");
    const { value: input } = jsonIn(call, "input");
    const body = {
      ...(from === undefined ? {} : { at: from }),
      ...(input === undefined ? {} : { input }),
    };
    const made = (await call.api.request("POST", `${runPath(call.args["id"])}/fork`, body)) as {
      id: string;
    };
    return tell(call, made, () => call.out(made.id));
  },
};

const backfill: Command = {
  name: "workflow backfill",
  summary: "Make the partitions of a range, each by a run; what is up to date is skipped",
  args: nameArgument,
  options: {
    from: text("The first partition; of all that are over if left out"),
    until: text("The last partition; the last that is over if left out"),
    concurrency: text("Runs at once; 4 if left out"),
    force: { type: "boolean", description: "Make also what is up to date" },
  },
  async run(call) {
    const concurrency = textIn(call, "concurrency");
    const body = {
      ...Object.fromEntries(
        ["from", "until"].flatMap((name) => {
          const given = textIn(call, name);
          return given === undefined ? [] : [[name, given]];
        }),
      ),
      ...(concurrency === undefined ? {} : { concurrency: Number(concurrency) }),
      ...(call.options["force"] === true ? { force: true } : {}),
    };
    const path = `/workflows/${encodeURIComponent(call.args["name"] ?? "")}/backfills`;
    const made = (await call.api.request("POST", path, body)) as { id: string };
    return tell(call, made, () => call.out(made.id));
  },
};

const replay: Command = {
  name: "workflow replay",
  summary: "Take up the ended runs that a search finds again, from where they failed or anew",
  args: [],
  options: {
    ...filterOptions,
    from: text("failure (what failed, from where it failed) or start (all that ended, anew)"),
    limit: text("How many at most; 100 if left out"),
  },
  async run(call) {
    const limit = textIn(call, "limit");
    const filter = Object.fromEntries(
      ["workflow", "status", "attribute", "from"].flatMap((name) => {
        const given = textIn(call, name);
        return given === undefined ? [] : [[name, given]];
      }),
    );
    const body = { ...filter, ...(limit === undefined ? {} : { limit: Number(limit) }) };
    const made = (await call.api.request("POST", "/workflow-runs/replay", body)) as {
      runs: readonly { readonly run: string; readonly fork: string }[];
    };
    return tell(call, made, () =>
      made.runs.forEach(({ run, fork: id }) => call.out(`${run}  ${id}`)),
    );
  },
};

const signal: Command = {
  name: "workflow signal",
  summary: "Send a run a signal",
  args: [...runArgument, { name: "name", description: "The signal" }],
  options: { value: text("What it says, JSON") },
  async run(call) {
    const { id, name = "" } = call.args;
    await call.api.request("POST", `${runPath(id)}/signals`, { name, ...jsonIn(call, "value") });
    return tell(call, { id, name }, () => call.out(`${id}: ${name} sent`));
  },
};

const query: Command = {
  name: "workflow query",
  summary: "Ask a run what it answers to a name; without one, what it can be asked",
  args: [...runArgument, { name: "name", description: "What is asked", optional: true }],
  options: {},
  async run(call) {
    const { id, name } = call.args;
    const path = `${runPath(id)}/queries`;
    if (name === undefined) {
      const found = (await call.api.request("GET", path)) as { queries: readonly string[] };
      return tell(call, found, () => found.queries.forEach((one) => call.out(one)));
    }
    const found = (await call.api.request("GET", `${path}/${encodeURIComponent(name)}`)) as {
      readonly value: ShownValue;
    };
    return tell(call, found, () => call.out(found.value.json));
  },
};

const history: Command = {
  name: "workflow history",
  summary: "What a state machine's run did, event by event, as GetExecutionHistory tells it",
  args: runArgument,
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", `${runPath(call.args["id"])}/history`)) as {
      readonly events: readonly HistoryEvent[];
    };
    return tell(call, found, () => {
      for (const { id, timestamp, type, ...details } of found.events) {
        const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = details;
        const { name = "" } = (entered ?? exited ?? {}) as { readonly name?: string };
        call.out(`${id}  ${timestamp}  ${type}  ${name}`.trimEnd());
      }
    });
  },
};

const callbacks: Command = {
  name: "workflow callbacks",
  summary: "What waits for somebody's answer",
  args: [],
  options: {},
  async run(call) {
    const found = (await call.api.request("GET", "/workflow-callbacks")) as {
      callbacks: OpenCallback[];
    };
    return tell(call, found, () => {
      for (const { run, at: place, workflow, name, startedAtMs, ...one } of found.callbacks) {
        call.out(`${run}  ${place}  ${workflow}  ${name}  since ${at(startedAtMs)}`);
        const pairs = Object.entries(one.attributes).map(([key, value]) => `${key}:${value}`);
        if (pairs.length > 0) call.out(`  ${pairs.join("  ")}`);
        if (one.about !== null) call.out(`  about ${one.about.json}`);
        if (one.input !== null) call.out(`  input ${one.input.json}`);
      }
    });
  },
};

const answer: Command = {
  name: "workflow answer",
  summary: "Answer what a run waits for",
  args: [...runArgument, { name: "at", description: "The entry (workflow callbacks)" }],
  options: { value: text("The answer, JSON"), error: text("Why it is refused, instead") },
  async run(call) {
    const { id, at: place } = call.args;
    const error = textIn(call, "error");
    const { value = null } = jsonIn(call, "value");
    const verdict = error === undefined ? { value } : { error };
    await call.api.request("POST", `${runPath(id)}/answers`, { at: place, ...verdict });
    return tell(call, { id, at: place }, () => call.out(`${id}: answered`));
  },
};

/** `morning workflow ...` */
export const commands: readonly Command[] = [
  list,
  start,
  runs,
  show,
  recording,
  act("cancel", "Ask a run to undo what it did and to end", "is asked to end"),
  act("terminate", "End a run where it is, without undoing anything", "ended"),
  act("pause", "Keep a run from going on", "paused"),
  act("resume", "Let a paused run go on", "goes on"),
  act("retry", "Go on from the step that failed, as a new run", "begun"),
  fork,
  backfill,
  replay,
  signal,
  query,
  history,
  callbacks,
  answer,
];

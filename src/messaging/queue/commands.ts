import type { Command, CommandArgument, CommandOption, CommandRun } from "../../core/command.ts";
import { coreErrors } from "../../core/errors.ts";
import type { QueueView, TenantsView } from "./answers.ts";
import type { PeekPage, QueueStats, RedriveTask } from "./driver.ts";
import type { Sent } from "./queue.ts";

const name: CommandArgument = { name: "name", description: "The queue" };
const text = (description: string): CommandOption => ({ type: "string", description });
const flag = (description: string): CommandOption => ({ type: "boolean", description });

/** How often the progress of a redrive is looked at, milliseconds. */
const progressMs = 500;

const pathOf = (queue: string | undefined): string => `/queues/${encodeURIComponent(queue ?? "")}`;

function option({ options }: CommandRun, key: string): string | undefined {
  const value = options[key];
  return typeof value === "string" ? value : undefined;
}

function wholeNumber(call: CommandRun, key: string): number | undefined {
  const value = option(call, key);
  if (value === undefined) return undefined;
  if (/^-?\d+$/.test(value)) return Number(value);
  throw coreErrors.MOR_INVALID(`--${key} is ${value}, not a whole number`);
}

function jsonValue(value: string, subject: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`${subject} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

function listed(value: string | undefined): readonly string[] | undefined {
  return value?.split(",").map((one) => one.trim());
}

/** Writes `value` as JSON if asked to, else the lines. */
function show(call: CommandRun, value: unknown, lines: () => readonly string[]): number {
  if (call.options["json"] === true) call.out(JSON.stringify(value));
  else for (const line of lines()) call.out(line);
  return 0;
}

function figuresOf({ visible, inFlight, delayed, oldestMs }: QueueStats, dead = ""): string {
  const age = oldestMs === 0 ? "" : `, oldest ${Math.round(oldestMs / 1000)} s`;
  return `${visible} waiting, ${inFlight} in flight, ${delayed} delayed${dead}${age}`;
}

function lineOf({ name: queue, role, stats, deadLetters }: QueueView): string {
  const dead = deadLetters === undefined ? "" : `, ${deadLetters} dead`;
  return `${queue.padEnd(40)} ${role.padEnd(9)} ${figuresOf(stats, dead)}`;
}

const list: Command = {
  name: "queue list",
  summary: "Every queue with its figures",
  args: [],
  options: {},
  async run(call) {
    const answer = (await call.api.request("GET", "/queues")) as { queues: readonly QueueView[] };
    return show(call, answer.queues, () => answer.queues.map(lineOf));
  },
};

const showOne: Command = {
  name: "queue show",
  summary: "One queue: declaration and figures",
  args: [name],
  options: {},
  async run(call) {
    const view = (await call.api.request("GET", pathOf(call.args["name"]))) as QueueView;
    return show(call, view, () => [
      lineOf(view),
      ...Object.entries(view.spec).map(([key, value]) => `  ${key}: ${String(value)}`),
    ]);
  },
};

const send: Command = {
  name: "queue send",
  summary: "Send one message",
  args: [name, { name: "message", description: "The message as JSON" }],
  options: {
    group: text("FIFO: the group; standard: the tenant"),
    "deduplication-id": text("FIFO: the deduplication id"),
    "delay-ms": text("Milliseconds until it can be received"),
    priority: text("-100 to 100, higher first"),
  },
  async run(call) {
    const message = jsonValue(call.args["message"] ?? "", "the message");
    const options = {
      group: option(call, "group"),
      deduplicationId: option(call, "deduplication-id"),
      delayMs: wholeNumber(call, "delay-ms"),
      priority: wholeNumber(call, "priority"),
    };
    const path = `${pathOf(call.args["name"])}/messages`;
    const sent = (await call.api.request("POST", path, { message, options })) as Sent;
    return show(call, sent, () => [`${sent.outcome} ${sent.id}`]);
  },
};

const peek: Command = {
  name: "queue peek",
  summary: "Look at messages without receiving them",
  args: [name],
  options: {
    limit: text("Messages at most, 1 to 100; 20 if left out"),
    cursor: text("Where the page before ended"),
    state: text("visible, inFlight or delayed"),
    contains: text("Only messages whose body or attributes contain this"),
    group: text("Only messages of this group"),
  },
  async run(call) {
    const query = new URLSearchParams();
    for (const key of ["limit", "cursor", "state", "contains", "group"]) {
      const value = option(call, key);
      if (value !== undefined) query.set(key, value);
    }
    const path = `${pathOf(call.args["name"])}/messages?${query.toString()}`;
    const page = (await call.api.request("GET", path)) as PeekPage;
    return show(call, page, () => [
      ...page.messages.map(({ id, state, receiveCount, body, lastError }) => {
        const why = lastError === undefined ? "" : `  (${lastError})`;
        return `${id} ${state} received ${receiveCount} ${body}${why}`;
      }),
      ...(page.cursor === undefined ? [] : [`more: --cursor ${page.cursor}`]),
    ]);
  },
};

const tenants: Command = {
  name: "queue tenants",
  summary: "Message groups with the most waiting",
  args: [name],
  options: {},
  async run(call) {
    const path = `${pathOf(call.args["name"])}/tenants`;
    const view = (await call.api.request("GET", path)) as TenantsView;
    return show(call, view, () => {
      if (!view.supported) return ["the queue's engine cannot tell"];
      const lines = view.tenants.map((tenant) => `${tenant.group.padEnd(40)} ${figuresOf(tenant)}`);
      return view.truncated ? [...lines, "and more"] : lines;
    });
  },
};

const purge: Command = {
  name: "queue purge",
  summary: "Drop every message of a queue",
  args: [name],
  options: { yes: flag("Do it; without this nothing is dropped") },
  async run(call) {
    if (call.options["yes"] !== true) {
      call.out(`This drops every message of ${call.args["name"]}. Say --yes to do it.`);
      return 2;
    }
    const path = `${pathOf(call.args["name"])}/messages`;
    const answer = (await call.api.request("DELETE", path)) as { readonly dropped?: number };
    return show(call, answer, () => [`dropped ${answer.dropped ?? "every"} message(s)`]);
  },
};

const cancel: Command = {
  name: "queue cancel",
  summary: "Take back a message that nobody has received, or delete a dead letter",
  args: [name, { name: "id", description: "The message's id" }],
  options: {},
  async run(call) {
    const id = call.args["id"] ?? "";
    await call.api.request(
      "DELETE",
      `${pathOf(call.args["name"])}/messages/${encodeURIComponent(id)}`,
    );
    return show(call, { cancelled: [id] }, () => [`cancelled ${id}`]);
  },
};

const redrive: Command = {
  name: "queue redrive",
  summary: "Send dead letters back to where they came from, and follow it",
  args: [name],
  options: {
    rate: text("Messages a second at most, 1 to 500"),
    ids: text("Only these messages, with commas between"),
    body: text("A new body as JSON, with one id"),
    to: text("Another target queue"),
    "no-wait": flag("Start it and return"),
  },
  async run(call) {
    const body = option(call, "body");
    const path = pathOf(call.args["name"]);
    const task = (await call.api.request("POST", `${path}/redrive`, {
      rate: wholeNumber(call, "rate"),
      ids: listed(option(call, "ids")),
      to: option(call, "to"),
      ...(body === undefined ? {} : { body: jsonValue(body, "--body") }),
    })) as RedriveTask;
    const last = call.options["no-wait"] === true ? task : await follow(call, path, task);
    show(call, last, () => [`${last.state}: ${last.moved} of about ${last.total} moved`]);
    return last.state === "failed" ? 1 : 0;
  },
};

/** Follows a redrive to its end. */
async function follow(call: CommandRun, path: string, task: RedriveTask): Promise<RedriveTask> {
  let current = task;
  while (current.state === "running") {
    await call.wait(progressMs);
    const answer = (await call.api.request("GET", `${path}/redrives`)) as {
      readonly redrives: readonly RedriveTask[];
    };
    const found = answer.redrives.find(({ id }) => id === task.id);
    if (found === undefined) return current;
    if (found.moved !== current.moved && call.options["json"] !== true) {
      call.out(`${found.moved} of about ${found.total}`);
    }
    current = found;
  }
  return current;
}

/** The CLI verbs of the queue. */
export const commands: readonly Command[] = [
  list,
  showOne,
  send,
  peek,
  tenants,
  purge,
  redrive,
  cancel,
];

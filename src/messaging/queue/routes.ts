import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { accepted, created, del, get, noContent, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { toJsonSchema } from "../../core/schema.ts";
import { shownFeatures } from "../features.ts";
import {
  MessagesAnswer,
  PurgedAnswer,
  QueueAnswer,
  QueuesAnswer,
  RedriveAnswer,
  RedrivesAnswer,
  SentAnswer,
  TenantsAnswer,
} from "./answers.ts";
import type { MessageView, QueueView, TenantsView } from "./answers.ts";
import type { PeekedMessage, PeekOptions } from "./driver.ts";
import type { QueueEntry } from "./entries.ts";
import { deadLettersIn } from "./figures.ts";
import { envelopeOf, userAttributes } from "./message.ts";
import type { EntryOptions } from "./message.ts";
import type { SendOptions } from "./queue.ts";
import type { QueueRuntime } from "./runtime.ts";

/** Tenants that are listed. */
const tenantsMax = 100;

const SendBody = z.object({
  message: z.unknown(),
  options: z
    .object({
      group: z.string().optional(),
      deduplicationId: z.string().optional(),
      delayMs: z.number().int().min(0).optional(),
      priority: z.number().int().optional(),
      attributes: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

const PeekQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().optional(),
  state: z.enum(["visible", "inFlight", "delayed"]).optional(),
  contains: z.string().max(200).optional(),
  group: z.string().max(128).optional(),
  id: z.string().max(128).optional(),
  bodyMax: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Characters of a body at most; the whole if left out."),
});

const RedriveBody = z.object({
  rate: z.number().int().min(1).max(500).optional(),
  ids: z.array(z.string()).min(1).max(1000).optional(),
  body: z.unknown().optional(),
  to: z.string().optional(),
});

/** Members without those that are undefined, as exact optional properties want it. */
function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const pairs = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(pairs) as { [K in keyof T]: Exclude<T[K], undefined> };
}

async function view(runtime: QueueRuntime, entry: QueueEntry): Promise<QueueView> {
  const { spec, role, declared } = entry;
  const stats = await runtime.driver.stats(spec.name);
  const deadLetters = await deadLettersIn(runtime.driver, entry);
  return {
    name: spec.name,
    role,
    description: declared?.description ?? "",
    spec,
    stats,
    ...(deadLetters === undefined ? {} : { deadLetters }),
    ...(declared === undefined ? {} : { message: toJsonSchema(declared.message) }),
  };
}

/** The name of the dead-letter queue: of the queue itself, or it is one. */
function deadLettersFor(runtime: QueueRuntime, name: string): string {
  const { spec, role } = runtime.get(name);
  if (role === "dead") return name;
  if (spec.deadLetters !== undefined) return spec.deadLetters;
  throw coreErrors.MOR_INVALID(`queue ${name} has no dead-letter queue`);
}

/** The beginning of a text; never half of a pair of surrogates. */
function beginning(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, "");
}

function messageView(message: PeekedMessage, bodyMax: number): MessageView {
  const traceparent = envelopeOf(message)?.traceparent;
  return {
    ...message,
    body: beginning(message.body, bodyMax),
    bodyLength: message.body.length,
    attributes: userAttributes(message.attributes),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

async function tenantsView(runtime: QueueRuntime, name: string): Promise<TenantsView> {
  const { driver } = runtime;
  const { spec } = runtime.get(name);
  if (!driver.features.tenants) return { supported: false, tenants: [], truncated: false };
  return { supported: true, ...(await driver.tenants(spec.name, tenantsMax)) };
}

function reading(runtime: QueueRuntime): readonly AnyRoute[] {
  const { driver } = runtime;
  return [
    get(
      "/queues",
      { role: "viewer", summary: "Every queue with its figures", answer: QueuesAnswer },
      async () => ({
        driver: shownFeatures(driver.features),
        queues: await Promise.all(runtime.list().map((entry) => view(runtime, entry))),
      }),
    ),
    get(
      "/queues/:name",
      { role: "viewer", summary: "One queue", answer: QueueAnswer },
      ({ params }) => view(runtime, runtime.get(params.name)),
    ),
    get(
      "/queues/:name/messages",
      {
        role: "viewer",
        summary: "Messages, without receiving them",
        query: PeekQuery,
        answer: MessagesAnswer,
      },
      async ({ params, query }) => {
        const { spec } = runtime.get(params.name);
        const { bodyMax = Infinity, ...options } = query;
        const page = await driver.peek(spec.name, given(options) as PeekOptions);
        return { ...page, messages: page.messages.map((one) => messageView(one, bodyMax)) };
      },
    ),
    get(
      "/queues/:name/tenants",
      {
        role: "viewer",
        summary: "Message groups with the most waiting, at most 100",
        answer: TenantsAnswer,
      },
      ({ params }) => tenantsView(runtime, params.name),
    ),
    get(
      "/queues/:name/redrives",
      { role: "viewer", summary: "Redrives of a queue's dead letters", answer: RedrivesAnswer },
      async ({ params }) => ({
        redrives: await driver.redrives(deadLettersFor(runtime, params.name)),
      }),
    ),
  ];
}

function changing(runtime: QueueRuntime): readonly AnyRoute[] {
  return [
    post(
      "/queues/:name/messages",
      {
        role: "operator",
        summary: "Send a message",
        body: SendBody,
        bodyBytesMax: 2 * 2 ** 20,
        answer: SentAnswer,
        status: 201,
      },
      async ({ params, body }) => {
        const options = given(body.options ?? {}) as EntryOptions & SendOptions;
        return created(await runtime.sender(params.name).send(body.message, options));
      },
    ),
    del(
      "/queues/:name/messages",
      { role: "operator", summary: "Purge: drop every message", answer: PurgedAnswer },
      ({ params }) => runtime.purge(params.name),
    ),
    del(
      "/queues/:name/messages/:id",
      {
        role: "operator",
        summary: "Take back one message that nobody has received, or delete one dead letter",
        status: 204,
      },
      async ({ params }) => {
        runtime.get(params.name);
        const taken = await runtime.sender(params.name).cancel([params.id]);
        if (taken.length > 0) return noContent();
        throw coreErrors.MOR_NOT_FOUND(
          `queue ${params.name}: message ${params.id} is gone or was received already`,
        );
      },
    ),
  ];
}

function redriving(runtime: QueueRuntime): readonly AnyRoute[] {
  const { driver } = runtime;
  return [
    post(
      "/queues/:name/redrive",
      {
        role: "operator",
        summary: "Redrive dead letters",
        body: RedriveBody,
        answer: RedriveAnswer,
        status: 202,
      },
      async ({ params, body }) => {
        const { rate, ids, to } = body;
        if (to !== undefined) runtime.get(to);
        const task = await runtime.redrive({
          deadLetters: deadLettersFor(runtime, params.name),
          ...given({ ratePerSecond: rate, ids, to }),
          ...(body.body === undefined ? {} : { body: JSON.stringify(body.body) }),
        });
        return accepted(task);
      },
    ),
    del(
      "/redrives/:id",
      { role: "operator", summary: "Stop a redrive", status: 204 },
      async ({ params }) => {
        await driver.cancelRedrive(params.id);
        return noContent();
      },
    ),
  ];
}

/** The queue's HTTP API; paths are below `/api/v1`. */
export function queueRoutes(runtime: QueueRuntime): readonly AnyRoute[] {
  return [...reading(runtime), ...changing(runtime), ...redriving(runtime)];
}

import { currentContext } from "../../core/context.ts";
import { MorningError } from "../../core/errors.ts";
import type { Statement } from "../../core/store.ts";
import { validate } from "../../core/schema.ts";
import type { Schema } from "../../core/schema.ts";
import { contextAt, failSpan, startLeaf, withLeaf } from "../../core/tracing.ts";
import type { Span, SpanForm, Tracer } from "../../core/tracing.ts";
import { transactional } from "../../core/transaction.ts";
import type { Writes } from "../../core/transaction.ts";
import { producerForm } from "../spans.ts";
import { hasFlow, sendByFlow, sendStatements, sendWake, sentOf } from "./dispatch.ts";
import type { DispatchContext } from "./dispatch.ts";
import type { SendEntry } from "./driver.ts";
import type { QueueEntry } from "./entries.ts";
import { takeBack } from "./flow-cancel.ts";
import { envelopeText, jsonBody, sendEntry } from "./message.ts";
import type { SendOptions, Sender, Sent } from "./queue.ts";

/** One message of a batch as `sendBatch` takes it. */
interface Item {
  readonly message: unknown;
  readonly options?: SendOptions;
}

type Settled = Sent | { readonly error: { code: string; message: string } };

interface SenderState {
  readonly context: DispatchContext;
  readonly queue: QueueEntry;
  readonly schema: Schema | undefined;
  readonly subject: string;
  readonly tracer: Tracer;
  readonly form: SpanForm;
  counted(messages: number): void;
}

/**
 * The sender of one queue for one service.
 * @param schema what messages are validated by; undefined: anything that has JSON
 */
export function makeSender(
  context: DispatchContext,
  queue: QueueEntry,
  service: string,
  schema: Schema | undefined,
): Sender<unknown> {
  const labels = { queue: queue.spec.name, service };
  const { surroundings } = context;
  const state: SenderState = {
    context,
    queue,
    schema,
    subject: `message of queue ${queue.spec.name}`,
    tracer: surroundings.tracing.tracerFor(service === "api" ? "platform" : service),
    form: producerForm(surroundings, { kind: "queue", name: queue.spec.name, operation: "send" }),
    counted: (messages) => {
      surroundings.metrics.count("morning_queue_sent_total", labels, messages);
    },
  };
  return {
    send: (message, options) => sendTraced(state, message, options),
    sendBatch: (items) => sendBatch(state, items),
    cancel: (ids) => takeBack(context, queue.spec.name, ids),
    [transactional]: (writes) => ({
      send: (message, options) => collect(state, writes, message, options),
    }),
  };
}

/** The entry of a message, or a promise of it where the schema is asynchronous. */
function entryOf(
  state: SenderState,
  message: unknown,
  options: SendOptions | undefined,
  span: Span | undefined,
): SendEntry | Promise<SendEntry> {
  const { name } = state.queue.spec;
  // Taken now: the context may be another when an asynchronous schema is done.
  const current = currentContext();
  const context = span === undefined ? current : contextAt(span, current);
  const envelope = envelopeText(undefined, context);
  const build = (value: unknown): SendEntry =>
    sendEntry(name, jsonBody(name, value), options, envelope);
  if (state.schema === undefined) return build(message);
  const value = validate(state.schema, message, state.subject);
  return value instanceof Promise ? value.then(build) : build(value);
}

/** Sends one message within a span of its own, which is where the message comes from. */
async function sendTraced(
  state: SenderState,
  message: unknown,
  options: SendOptions | undefined,
): Promise<Sent> {
  const span = startLeaf(state.tracer, state.form);
  if (span === undefined) return sendOne(state, message, options, undefined);
  try {
    const sent = await sendOne(state, message, options, span);
    if (sent.id !== "") span.setAttribute("messaging.message.id", sent.id);
    return sent;
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

async function sendOne(
  state: SenderState,
  message: unknown,
  options: SendOptions | undefined,
  span: Span | undefined,
): Promise<Sent> {
  const { context, queue } = state;
  const made = entryOf(state, message, options, span);
  const entry = made instanceof Promise ? await made : made;
  const sent = hasFlow(options)
    ? await sendByFlow(context, queue, entry, options)
    : sentOf(queue.spec.name, await queue.sending.one(entry));
  if (sent.outcome !== "skipped") state.counted(1);
  return sent;
}

function errorOf(error: unknown): Settled {
  if (!MorningError.is(error)) throw error;
  return { error: { code: error.code, message: error.message } };
}

/** Sends many within one span. */
function sendBatch(state: SenderState, items: readonly Item[]): Promise<readonly Settled[]> {
  return withLeaf(state.tracer, state.form, (span) => {
    span?.setAttribute("messaging.batch.message_count", items.length);
    return sendMany(state, items, span);
  });
}

/** Sends many: those without flow options cross to the engine in one call. */
async function sendMany(
  state: SenderState,
  items: readonly Item[],
  span: Span | undefined,
): Promise<readonly Settled[]> {
  const settled: Settled[] = [];
  const plain: { readonly index: number; readonly entry: SendEntry }[] = [];
  const others: Promise<void>[] = [];
  for (const [index, { message, options }] of items.entries()) {
    try {
      if (hasFlow(options)) {
        const sent = sendOne(state, message, options, span).catch(errorOf);
        others.push(sent.then((one) => void (settled[index] = one)));
        continue;
      }
      plain.push({ index, entry: await entryOf(state, message, options, span) });
    } catch (error) {
      settled[index] = errorOf(error);
    }
  }
  if (plain.length > 0) await sendPlain(state, plain, settled);
  await Promise.all(others);
  return settled;
}

async function sendPlain(
  state: SenderState,
  plain: readonly { readonly index: number; readonly entry: SendEntry }[],
  settled: Settled[],
): Promise<void> {
  const { name } = state.queue.spec;
  const results = await state.context.driver.send(
    name,
    plain.map(({ entry }) => entry),
  );
  let accepted = 0;
  for (const [at, { index }] of plain.entries()) {
    const result = results[at];
    if (result === undefined) continue;
    settled[index] = "error" in result ? result : sentOf(name, result);
    if (!("error" in result)) accepted++;
  }
  state.counted(accepted);
}

/** Sends when the transaction commits. */
function collect(
  state: SenderState,
  writes: Writes,
  message: unknown,
  options: SendOptions | undefined,
): void {
  const { context, queue } = state;
  const made = entryOf(state, message, options, writes.span?.(state.form));
  const write = (entry: SendEntry): Promise<readonly Statement[]> =>
    sendStatements(context, queue, entry, options);
  const statements = made instanceof Promise ? made.then(write) : write(made);
  writes.add(statements, sendWake(context, queue, options));
  writes.committed(() => state.counted(1));
}

import { currentContext, formatTraceparent } from "../core/context.ts";
import type { Holder, Host } from "../core/host.ts";
import { validate } from "../core/schema.ts";
import { spanKind, withLeaf } from "../core/tracing.ts";
import type { SpanForm } from "../core/tracing.ts";
import { decodeError } from "./engine/failure.ts";
import type { WorkflowEngine } from "./engine/engine.ts";
import { decodeValue } from "./engine/value.ts";
import type { Starter, StartRunOptions } from "./starter.ts";
import type { AnyWorkflow } from "./workflow.ts";

/** Starts a run with an input that fits. @throws MOR_INVALID */
export async function startChecked(
  engine: WorkflowEngine,
  { name, input: schema }: AnyWorkflow,
  input: unknown,
  options: StartRunOptions = {},
): Promise<string> {
  const given =
    schema === undefined ? input : await validate(schema, input, `input of workflow ${name}`);
  const context = currentContext();
  const trace = context === undefined ? {} : { trace: formatTraceparent(context.trace) };
  return engine.run(name, given, { ...options, ...trace });
}

/** What a holder of a workflow's `starter()` works with. */
export function starterOf(
  engine: WorkflowEngine,
  declared: AnyWorkflow,
  host: Host,
  { service }: Holder,
): Starter<unknown, unknown> {
  const tracer = host.tracing.tracerFor(service);
  const form: SpanForm = {
    name: `start ${declared.name}`,
    kind: spanKind.producer,
    attributes: { "morning.resource": `workflow/${declared.name}` },
  };
  return {
    start: (input, options) =>
      withLeaf(tracer, form, () => startChecked(engine, declared, input, options)),
    result: (id) => engine.result(id),
    async state(id) {
      const { status, output, error } = await engine.state(id);
      return {
        id,
        status,
        ...(status === "completed" ? { output: decodeValue(output ?? "") } : {}),
        ...(error === undefined ? {} : { error: failureIn(error) }),
      };
    },
    signal: (id, name, value) => engine.signal(id, name, value),
    query: async <T>(id: string, name: string) => (await engine.query(id, name)) as T,
    answer: (token, value) => engine.answer(token, value),
    heartbeat: (token) => engine.heartbeat(token),
    fail: (token, reason) => engine.fail(token, new Error(reason)),
    cancel: (id) => engine.cancel(id),
  };
}

function failureIn(text: string): { name: string; message: string } {
  const { name, message } = decodeError(text);
  return { name, message };
}

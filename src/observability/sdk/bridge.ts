import { context, createContextKey, trace } from "@opentelemetry/api";
import type {
  Context as ApiContext,
  ContextManager,
  Span as ApiSpan,
  SpanKind,
  SpanOptions,
  Tracer as ApiTracer,
  TracerProvider,
} from "@opentelemetry/api";
import { currentContext, withContext } from "../../core/context.ts";
import type { Context, TraceContext } from "../../core/context.ts";
import { Position } from "../../core/tracing.ts";
import type { SpanForm } from "../../core/tracing.ts";
import { RecordedSpan } from "./span.ts";
import type { RecordedTracing } from "./tracer.ts";

/** The key under which OpenTelemetry's API keeps the active span: the same in every copy of it. */
const spanKey = createContextKey("OpenTelemetry Context Key SPAN");

const carried: unique symbol = Symbol("the context of OpenTelemetry's API that is active");

/** A context of ours that remembers what a library put beside it. */
type Carrying = Context & { readonly [carried]?: ApiContext };

/** OpenTelemetry's view of a context of ours: its span, and what libraries put beside it. */
class JoinedContext implements ApiContext {
  readonly base: Context | undefined;
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(base: Context | undefined, values: ReadonlyMap<symbol, unknown>) {
    this.base = base;
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    if (this.#values.has(key)) return this.#values.get(key);
    return key === spanKey ? spanOf(this.base?.trace) : undefined;
  }

  setValue(key: symbol, value: unknown): ApiContext {
    return new JoinedContext(this.base, new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): ApiContext {
    return this.setValue(key, undefined);
  }
}

/** A position as a span of the API; spans of ours are one already. */
function spanOf(position: TraceContext | undefined): ApiSpan | undefined {
  if (position === undefined) return undefined;
  if ("spanContext" in position) return position as unknown as ApiSpan;
  return new Position(position.traceId, position.spanId, position.sampled, position.state);
}

function positionOf(span: ApiSpan): TraceContext {
  if ("traceId" in span && "sampled" in span) return span as unknown as TraceContext;
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  return new Position(traceId, spanId, (traceFlags & 1) === 1, traceState?.serialize());
}

/** Our context within which `given` is active; undefined where it has neither span nor base. */
function contextWithin(given: ApiContext): Carrying | undefined {
  const base = given instanceof JoinedContext ? given.base : currentContext();
  const span = trace.getSpan(given);
  if (span === undefined) return base === undefined ? undefined : { ...base, [carried]: given };
  const { baggage = {}, identity } = base ?? {};
  const within = { trace: positionOf(span), baggage, [carried]: given };
  return identity === undefined ? within : { ...within, identity };
}

/** What is under way, for OpenTelemetry's API: our context is the one truth. */
function joinedContexts(): ContextManager {
  const active = (): ApiContext => {
    const current: Carrying | undefined = currentContext();
    return current?.[carried] ?? new JoinedContext(current, new Map());
  };
  const joined: ContextManager = {
    active,
    with(given, work, self, ...args) {
      const within = contextWithin(given);
      const call = (): ReturnType<typeof work> => work.apply(self as never, args);
      return within === undefined ? call() : withContext(within, call);
    },
    bind(given, target) {
      if (typeof target !== "function") return target;
      const bound = (...args: unknown[]): unknown =>
        joined.with(given, target as unknown as (...all: unknown[]) => never, undefined, ...args);
      return bound as unknown as typeof target;
    },
    enable: () => joined,
    disable: () => joined,
  };
  return joined;
}

/** Forms that are kept of one library; names of spans should be few, yet need not be. */
const formsMax = 256;

/** Gives the same form for the same name and kind: what is encoded of it is encoded once. */
function formCache(): (name: string, kind: SpanKind) => SpanForm {
  const known = new Map<string, SpanForm>();
  return (name, kind) => {
    const key = `${kind}${name}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const form = { name, kind, attributes: {} };
    if (known.size < formsMax) known.set(key, form);
    return form;
  };
}

/** The tracer of one library: its spans belong to the service within whose work they begin. */
function libraryTracer(tracing: RecordedTracing, scope: string, version: string): ApiTracer {
  const formOf = formCache();
  const startSpan = (
    name: string,
    options: SpanOptions = {},
    within: ApiContext = context.active(),
  ): ApiSpan => {
    const { kind = 0, attributes, links, startTime, root } = options;
    const parent = root === true ? undefined : trace.getSpan(within);
    const service = parent instanceof RecordedSpan ? parent.service : "platform";
    const form = formOf(name, kind);
    const position = parent === undefined ? undefined : positionOf(parent);
    const span = tracing.scopedTo(service, scope, version).start(form, position);
    if (attributes !== undefined) span.setAttributes(attributes);
    if (links !== undefined) span.addLinks(links);
    if (startTime !== undefined && span instanceof RecordedSpan) span.startedAt(startTime);
    return span;
  };
  type Work = (span: ApiSpan) => never;
  return {
    startSpan,
    startActiveSpan(name: string, ...rest: readonly unknown[]) {
      const work = rest.at(-1) as Work;
      const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
      const within = rest.length > 2 ? (rest[1] as ApiContext) : context.active();
      const span = startSpan(name, options, within);
      return context.with(trace.setSpan(within, span), work, undefined, span);
    },
  };
}

/**
 * Lets libraries that speak OpenTelemetry's API (instrumentations of drivers, AI SDKs) take part:
 * their spans are below ours and ours below theirs. The API is one a process, so this is for
 * whoever owns the process: the first who registers has it.
 * @returns what takes it back
 */
export function bridgeApi(tracing: RecordedTracing): () => void {
  const provider: TracerProvider = {
    getTracer: (name, version = "") => libraryTracer(tracing, name, version),
  };
  const ours = trace.setGlobalTracerProvider(provider);
  const joined = context.setGlobalContextManager(joinedContexts());
  return () => {
    if (ours) trace.disable();
    if (joined) context.disable();
  };
}

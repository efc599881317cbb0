import { endingWith, failSpan, spanKind, startLeaf } from "./tracing.ts";
import type { SpanForm, Tracer } from "./tracing.ts";

/** How the spans of calls to a store look: `get orders`, a client span of its engine. */
export function storeForm(system: string, operation: string, kind: string, name: string): SpanForm {
  return {
    name: `${operation} ${name}`,
    kind: spanKind.client,
    attributes: {
      "db.system.name": system,
      "db.operation.name": operation,
      "db.collection.name": name,
      "morning.resource": `${kind}/${name}`,
    },
  };
}

type AnyCall = (...args: readonly unknown[]) => unknown;

function tracedCall(call: AnyCall, tracer: Tracer, form: SpanForm): AnyCall {
  return (...args) => {
    const span = startLeaf(tracer, form);
    if (span === undefined) return call(...args);
    try {
      return endingWith(span, call(...args) as Promise<unknown>);
    } catch (error) {
      failSpan(span, error);
      span.end();
      throw error;
    }
  };
}

/**
 * What a service holds, with a span around each call that `forms` names. Where nobody records it is
 * handed out as it is. What is called inside a transaction tells of itself, by `Writes.span`.
 */
export function tracedHeld<T extends object>(
  held: T,
  tracer: Tracer,
  forms: Readonly<Record<string, SpanForm>>,
): T {
  if (!tracer.recording) return held;
  const wrapped = { ...held } as Record<string, unknown>;
  for (const [key, form] of Object.entries(forms)) {
    const call = wrapped[key];
    if (typeof call === "function") wrapped[key] = tracedCall(call as AnyCall, tracer, form);
  }
  return wrapped as T;
}

/** The forms of a store's operations, by name. */
export function storeForms<Operation extends string>(
  system: string,
  kind: string,
  name: string,
  operations: readonly Operation[],
): Readonly<Record<Operation, SpanForm>> {
  const forms = operations.map((operation) => [
    operation,
    storeForm(system, operation, kind, name),
  ]);
  return Object.fromEntries(forms) as Record<Operation, SpanForm>;
}

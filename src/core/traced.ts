import { failSpan, spanKind, startLeaf } from "./tracing.ts";
import type { SpanForm, Tracer } from "./tracing.ts";
import { transactional } from "./transaction.ts";
import type { Transactional, Writes } from "./transaction.ts";

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
      const answer = call(...args) as Promise<unknown>;
      return answer.then(
        (value) => {
          span.end();
          return value;
        },
        (error: unknown) => {
          failSpan(span, error);
          span.end();
          throw error;
        },
      );
    } catch (error) {
      failSpan(span, error);
      span.end();
      throw error;
    }
  };
}

type Face = Record<string, AnyCall | undefined>;

/** Calls inside a transaction, which belong to the transaction's span of their resource. */
function tracedFace(
  face: object,
  span: NonNullable<Writes["span"]>,
  forms: readonly (readonly [string, SpanForm])[],
): object {
  const traced = { ...face } as Face;
  for (const [key, form] of forms) {
    const call = traced[key];
    if (call === undefined) continue;
    traced[key] = (...args) => {
      span(form);
      return call(...args);
    };
  }
  return traced;
}

/**
 * What a service holds, with a span around each call that `forms` names, inside a transaction too.
 * Where nobody records it is handed out as it is.
 */
export function tracedHeld<T extends object>(
  held: T,
  tracer: Tracer,
  forms: Readonly<Record<string, SpanForm>>,
): T {
  if (!tracer.recording) return held;
  const wrapped = { ...held } as Record<string | symbol, unknown>;
  const entries = Object.entries(forms);
  for (const [key, form] of entries) {
    const call = wrapped[key];
    if (typeof call === "function") wrapped[key] = tracedCall(call as AnyCall, tracer, form);
  }
  const { [transactional]: within } = held as Partial<Transactional<object>>;
  if (within !== undefined) {
    wrapped[transactional] = (writes: Writes) => {
      const face = within(writes);
      return writes.span === undefined ? face : tracedFace(face, writes.span, entries);
    };
  }
  return wrapped as T;
}

/** The forms of a store's operations, by name. */
export function storeForms(
  system: string,
  kind: string,
  name: string,
  operations: readonly string[],
): Readonly<Record<string, SpanForm>> {
  return Object.fromEntries(
    operations.map((operation) => [operation, storeForm(system, operation, kind, name)]),
  );
}

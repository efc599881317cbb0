import { endingWith, failSpan, spanKind, startLeaf } from "./tracing.ts";
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
      return endingWith(span, call(...args) as Promise<unknown>);
    } catch (error) {
      failSpan(span, error);
      span.end();
      throw error;
    }
  };
}

type Face = Record<string, AnyCall>;

/** A face of a transaction, with a span for each call that `forms` names. */
type TracedFace = new (face: Face, span: NonNullable<Writes["span"]>) => object;

/**
 * The class of traced faces that have these calls. A transaction makes a face for everything that
 * it writes to and uses a call or two of each, so a call is wrapped when it is first asked for.
 */
function tracedFaces(
  keys: readonly string[],
  forms: Readonly<Record<string, SpanForm>>,
): TracedFace {
  return class Traced {
    readonly #face: Face;
    readonly #span: NonNullable<Writes["span"]>;

    static {
      for (const key of keys) {
        const form = forms[key];
        const get = function (this: Traced): AnyCall {
          const call = this.#face[key] as AnyCall;
          if (form === undefined) return call;
          return (...args) => {
            this.#span(form);
            return call(...args);
          };
        };
        Object.defineProperty(this.prototype, key, { get, enumerable: true });
      }
    }

    constructor(face: Face, span: NonNullable<Writes["span"]>) {
      this.#face = face;
      this.#span = span;
    }
  };
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
  for (const [key, form] of Object.entries(forms)) {
    const call = wrapped[key];
    if (typeof call === "function") wrapped[key] = tracedCall(call as AnyCall, tracer, form);
  }
  const { [transactional]: within } = held as Partial<Transactional<object>>;
  if (within !== undefined) {
    let Traced: TracedFace | undefined;
    wrapped[transactional] = (writes: Writes) => {
      const face = within(writes) as Face;
      if (writes.span === undefined) return face;
      Traced ??= tracedFaces(Object.keys(face), forms);
      return new Traced(face, writes.span);
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

import { failSpan, spanKind, startLeaf } from "../../core/tracing.ts";
import type { Span, SpanForm, Tracer } from "../../core/tracing.ts";

/** The spans of one transaction: its own, and one for each resource that it writes to. */
export interface TransactionSpans {
  /** The span of what is written to one resource, by its form. */
  readonly span: (form: SpanForm) => Span;
  /** Ends them all, with the number of statements that were committed, or why they were not. */
  end(outcome: { readonly statements: number } | { readonly error: unknown }): void;
}

/** The form of transactions on an engine of the state store. */
export function transactionForm(engine: string): SpanForm {
  const system = engine === "postgres" ? "postgresql" : engine;
  return {
    name: "transaction",
    kind: spanKind.internal,
    attributes: { "db.system.name": system, "db.operation.name": "BATCH" },
  };
}

/** Attribute that counts what a transaction wrote to a resource, by the kind of its span. */
const countOf = (form: SpanForm): string =>
  form.kind === spanKind.producer ? "messaging.batch.message_count" : "db.operation.batch.size";

/** Begins the spans of a transaction; undefined where nobody records. */
export function transactionSpans(tracer: Tracer, form: SpanForm): TransactionSpans | undefined {
  const whole = startLeaf(tracer, form);
  if (whole === undefined) return undefined;
  const parts = new Map<SpanForm, { readonly span: Span; count: number }>();
  return {
    span(part) {
      let known = parts.get(part);
      if (known === undefined) {
        known = { span: tracer.start(part, whole), count: 0 };
        parts.set(part, known);
      }
      known.count++;
      return known.span;
    },
    end(outcome) {
      for (const [part, { span, count }] of parts) {
        if (count > 1) span.setAttribute(countOf(part), count);
        if ("error" in outcome) failSpan(span, outcome.error);
        span.end();
      }
      if ("error" in outcome) failSpan(whole, outcome.error);
      else whole.setAttribute("db.operation.batch.size", outcome.statements);
      whole.end();
    },
  };
}

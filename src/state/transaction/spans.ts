import { failSpan, spanKind, startLeaf } from "../../core/tracing.ts";
import type { Span, SpanForm, Tracer } from "../../core/tracing.ts";

/** The spans of one transaction: its own, and one for each resource that it writes to. */
export interface TransactionSpans {
  /** The span of what is written to one resource, by its form. */
  readonly span: (form: SpanForm) => Span;
  /** Says how many statements are committed. */
  told(statements: number): void;
  /** Ends them all: what was written is committed. */
  end(): void;
  /** Ends them all with the reason why nothing is committed. */
  fail(error: unknown): void;
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

/** What is written to one resource. */
interface Part {
  readonly form: SpanForm;
  readonly span: Span;
  count: number;
}

/** Begins the spans of a transaction; undefined where nobody records. */
export function transactionSpans(tracer: Tracer, form: SpanForm): TransactionSpans | undefined {
  const whole = startLeaf(tracer, form);
  if (whole === undefined) return undefined;
  // Few, mostly two or three: looked through faster than a map is made.
  const parts: Part[] = [];
  let statements = 0;
  const endParts = (each: (span: Span) => void): void => {
    for (const { form: of, span, count } of parts) {
      if (count > 1) span.setAttribute(countOf(of), count);
      each(span);
    }
  };
  return {
    span(form) {
      for (const part of parts) {
        if (part.form !== form) continue;
        part.count++;
        return part.span;
      }
      const span = tracer.start(form, whole);
      parts.push({ form, span, count: 1 });
      return span;
    },
    told: (count) => void (statements = count),
    end() {
      endParts((span) => span.end());
      whole.setAttribute("db.operation.batch.size", statements);
      whole.end();
    },
    fail(error) {
      const end = (span: Span): void => {
        failSpan(span, error);
        span.end();
      };
      endParts(end);
      end(whole);
    },
  };
}

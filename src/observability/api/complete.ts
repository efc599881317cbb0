import { z } from "zod";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { completeQuery } from "../logs/query/index.ts";
import type { KnownField } from "../logs/query/index.ts";
import type { Signal } from "../signals/records.ts";
import type { ApiParts } from "./parts.ts";
import { rangeOf, rangeQuery } from "./range.ts";
import type { AskedRange } from "./range.ts";

/** Ways to go on with a query, and the part of it that each takes the place of. */
export interface CompletionView {
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly {
    readonly text: string;
    readonly kind: string;
    readonly about: string;
  }[];
}

const CompletionAnswer: z.ZodType<CompletionView> = z.object({
  from: z.number(),
  to: z.number(),
  suggestions: z.array(z.object({ text: z.string(), kind: z.string(), about: z.string() })),
});

const CompletionQuery = z.object({
  ...rangeQuery,
  signal: z.enum(["logs", "spans", "errors"]).default("logs"),
  q: z.string().max(4096).default(""),
  cursor: z.coerce.number().int().min(0).max(4096).default(0),
});

const suggestionsMax = 30;
const fieldsMax = 200;
const valuesMax = 30;

/** The field whose value is being written at the cursor, and what is written of it. */
const typing = /([\w./@-]{1,200})(?::|>=|<=|=|>|<)"?([^\s"():]{0,100})$/;

async function knownFields(
  { reader }: ApiParts,
  signal: Signal,
  range: AskedRange,
  before: string,
): Promise<KnownField[]> {
  const fields = (await reader.fields(signal, range)).slice(0, fieldsMax);
  const known = fields.map(({ name }): KnownField => ({ name }));
  const [, field, prefix = ""] = typing.exec(before) ?? [];
  if (field === undefined) return known;
  const values = await reader.fieldValues(signal, field, range, prefix, valuesMax);
  const withValues: KnownField = { name: field, values: values.map(({ value }) => value) };
  return [withValues, ...known.filter(({ name }) => name !== field)];
}

/** Completion of the query language, below `/api/v1`. */
export function completeRoutes(parts: ApiParts): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/complete",
      {
        role: "viewer",
        summary: "What could stand at the cursor of a query: fields, operators, values",
        query: CompletionQuery,
        answer: CompletionAnswer,
      },
      async ({ query }) => {
        const { signal, q, cursor } = query;
        const range = rangeOf(query, parts.clock);
        const fields = await knownFields(parts, signal, range, q.slice(0, cursor));
        const { from, to, suggestions } = completeQuery(q, cursor, fields, signal);
        return {
          from,
          to,
          suggestions: suggestions
            .slice(0, suggestionsMax)
            .map(({ text, kind, about = "" }) => ({ text, kind, about })),
        };
      },
    ),
  ];
}

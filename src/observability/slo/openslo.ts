import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { checkSloName, SloForm } from "./slo.ts";
import type { Indicator, SloSpec } from "./slo.ts";

const apiVersion = "openslo/v1";
const day = 86_400_000;

const lengths: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: day,
  w: 7 * day,
};

const source = z.object({ type: z.string(), spec: z.record(z.string(), z.unknown()) });
const metric = z.object({ metricSource: source });

const Document = z.object({
  apiVersion: z.literal(apiVersion),
  kind: z.literal("SLO"),
  metadata: z.object({
    name: z.string(),
    displayName: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.object({
    description: z.string().optional(),
    service: z.string().optional(),
    indicator: z.object({
      metadata: z.object({ name: z.string() }).optional(),
      spec: z.object({ ratioMetric: z.object({ good: metric, total: metric }) }),
    }),
    timeWindow: z
      .array(z.object({ duration: z.string(), isRolling: z.boolean().optional() }))
      .length(1),
    budgetingMethod: z.literal("Occurrences"),
    objectives: z
      .array(z.object({ target: z.number().optional(), targetPercent: z.number().optional() }))
      .length(1),
  }),
});

/** An objective by its name. */
export interface NamedSlo {
  readonly name: string;
  readonly spec: SloSpec;
}

const own = "morning-ai/";

interface Sources {
  readonly good: z.infer<typeof metric>;
  readonly total: z.infer<typeof metric>;
}

function sourcesOf(indicator: Indicator): Sources {
  if (indicator.type === "metrics") {
    const of = (query: string) => ({ metricSource: { type: "Prometheus", spec: { query } } });
    return { good: of(indicator.good), total: of(indicator.total) };
  }
  const { signal, q, good: filter } = indicator;
  const of = (spec: Record<string, unknown>) => ({ metricSource: { type: "Morning", spec } });
  return { good: of({ signal, q, good: filter }), total: of({ signal, q }) };
}

/** An objective as an OpenSLO v1 document. */
export function toOpenSlo({ name, spec }: NamedSlo): Readonly<Record<string, unknown>> {
  const { title, description, service, indicator, objective, windowMs } = spec;
  const ratio = { counter: true, ...sourcesOf(indicator) };
  const isDays = windowMs % day === 0;
  return {
    apiVersion,
    kind: "SLO",
    metadata: {
      name,
      displayName: title,
      annotations: {
        [`${own}events-min`]: String(spec.eventsMin),
        [`${own}alerting`]: String(spec.alerting),
        [`${own}notify`]: spec.notify.join(" "),
      },
    },
    spec: {
      ...(description !== "" && { description }),
      ...(service !== "" && { service }),
      indicator: { metadata: { name: `${name}-ratio` }, spec: { ratioMetric: ratio } },
      timeWindow: [
        { duration: isDays ? `${windowMs / day}d` : `${windowMs / 60_000}m`, isRolling: true },
      ],
      budgetingMethod: "Occurrences",
      objectives: [{ displayName: title, target: objective }],
    },
  };
}

function indicatorOf(
  good: z.infer<typeof source>,
  total: z.infer<typeof source>,
): Record<string, unknown> {
  if (good.type === "Prometheus" && total.type === "Prometheus") {
    return { type: "metrics", good: good.spec["query"], total: total.spec["query"] };
  }
  if (good.type === "Morning" && total.type === "Morning") {
    const { signal, q } = total.spec;
    return { type: "records", signal, q, good: good.spec["good"] };
  }
  throw coreErrors.MOR_UNSUPPORTED(`a metric source of type ${good.type} cannot be read`, {
    fix: "Use a source of type Prometheus (a counter's selector) or Morning.",
  });
}

function lengthOf(text: string): number {
  const [, amount, unit = ""] = /^(\d+)([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return Number(amount) * (lengths[unit] ?? 0);
  throw coreErrors.MOR_UNSUPPORTED(`a time window of ${text} is none of minutes to weeks`);
}

/**
 * Reads an OpenSLO v1 document, as parsed from YAML or JSON: one objective over a rolling window,
 * by occurrences.
 * @throws MOR_INVALID for what is no such document, MOR_UNSUPPORTED for what cannot be kept
 */
export function fromOpenSlo(document: unknown): NamedSlo {
  const parsed = Document.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw coreErrors.MOR_INVALID(
      `OpenSLO: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
    );
  }
  const { metadata, spec } = parsed.data;
  const [window] = spec.timeWindow;
  if (window?.isRolling === false) {
    throw coreErrors.MOR_UNSUPPORTED("a window by the calendar cannot be kept; only rolling ones");
  }
  const [objective] = spec.objectives;
  const percent = objective?.targetPercent;
  const { good, total } = spec.indicator.spec.ratioMetric;
  const { annotations = {} } = metadata;
  const of = (name: string): string | undefined => annotations[`${own}${name}`];
  const checked = SloForm.safeParse({
    title: metadata.displayName ?? metadata.name,
    description: spec.description,
    service: spec.service,
    indicator: indicatorOf(good.metricSource, total.metricSource),
    objective: objective?.target ?? (percent === undefined ? undefined : percent / 100),
    windowMs: lengthOf(window?.duration ?? ""),
    eventsMin: of("events-min") === undefined ? undefined : Number(of("events-min")),
    alerting: of("alerting") === undefined ? undefined : of("alerting") === "true",
    notify: of("notify")?.split(" ").filter(Boolean),
  });
  if (checked.success) return { name: checkSloName(metadata.name), spec: checked.data };
  const [issue] = checked.error.issues;
  throw coreErrors.MOR_INVALID(`OpenSLO: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}

/** What every document of OpenSLO begins with. */
const Head = z.looseObject({
  apiVersion: z.literal(apiVersion),
  kind: z.enum([
    "SLO",
    "SLI",
    "Service",
    "DataSource",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
  ]),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({}),
});

type Head = z.infer<typeof Head>;

function headOf(document: unknown, at: number): Head {
  const parsed = Head.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw coreErrors.MOR_INVALID(
    `OpenSLO: document ${at + 1}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`,
  );
}

/** An objective with the indicator in it that it refers to. */
function whole(slo: Head, indicators: ReadonlyMap<string, Head>): unknown {
  const { indicatorRef, ...spec } = slo.spec;
  if (typeof indicatorRef !== "string") return slo;
  const found = indicators.get(indicatorRef);
  if (found !== undefined) {
    const indicator = { metadata: found.metadata, spec: found.spec };
    return { ...slo, spec: { ...spec, indicator } };
  }
  throw coreErrors.MOR_INVALID(
    `OpenSLO: ${slo.metadata.name}: no SLI is named ${indicatorRef.slice(0, 100)}`,
    { fix: "Put the SLI into the same file, or write the indicator into the SLO." },
  );
}

/**
 * The objectives of a file of OpenSLO documents: its SLIs stand in for references to them, its
 * other kinds (services, data sources, alerts) are left to those who read them.
 * @throws MOR_INVALID, MOR_UNSUPPORTED: then nothing of the file is taken
 */
export function fromOpenSloFile(documents: readonly unknown[]): readonly NamedSlo[] {
  const heads = documents.filter((one) => one !== null).map(headOf);
  const indicators = new Map(
    heads.filter(({ kind }) => kind === "SLI").map((one) => [one.metadata.name, one]),
  );
  const slos = heads.filter(({ kind }) => kind === "SLO");
  if (slos.length === 0) throw coreErrors.MOR_INVALID("OpenSLO: there is no document of kind SLO");
  return slos.map((slo) => fromOpenSlo(whole(slo, indicators)));
}

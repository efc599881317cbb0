import { z } from "zod";
import { coreErrors } from "../../core/errors.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { ApiParts } from "../api/parts.ts";
import { rangeOf, rangeQuery, stepOf } from "../api/range.ts";
import { msOf } from "../api/shapes.ts";
import type { Filter } from "../signals/filter.ts";
import { serviceOf } from "../signals/records.ts";
import type { Range, SignalReader } from "../signals/store.ts";
import {
  BusinessAnswer,
  businessAnswer,
  DeploysAnswer,
  ExemplarsAnswer,
  PlansAnswer,
  QueriesAnswer,
  RedAnswer,
  RedSeriesAnswer,
} from "./apm-answers.ts";
import type { PlanView } from "./apm-answers.ts";
import { readBusiness } from "./apm-business.ts";
import type { BusinessMetric } from "./apm-business.ts";
import { readRedChanges } from "./apm-compare.ts";
import { readDeploys } from "./apm-deploys.ts";
import { readExemplars } from "./apm-exemplars.ts";
import { parseAutoExplain } from "./apm-plans.ts";
import { readRedSeries } from "./apm-red.ts";
import { readSlowQueries } from "./apm-slow-queries.ts";

/** What the routes of APM stand on. */
export interface ApmParts extends Pick<ApiParts, "reader" | "language" | "clock"> {
  /** Metrics that the app declares as business metrics. */
  readonly business: readonly BusinessMetric[];
  /** T of the Apdex by service, milliseconds; 500 where none is said. */
  readonly apdexMs?: ReadonlyMap<string, number>;
}

const subject = z.enum(["service", "endpoint", "query", "queue", "external"]);
const name = z.string().min(1).max(500);
const points = z.coerce.number().int().min(2).max(1000).default(120);

const base = { ...rangeQuery, q: z.string().max(4096).default(""), service: name.optional() };

const RedQueryShape = z.object({
  ...base,
  subject: subject.default("service"),
  orderBy: z.enum(["calls", "errors", "p95", "total"]).default("calls"),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** Compares with this much earlier instead of the period right before. */
  beforeMs: z.coerce.number().int().min(1000).optional(),
});

const SeriesQueryShape = z.object({
  ...base,
  subject: subject.default("service"),
  name: name.optional(),
  points,
});

const BusinessQueryShape = z.object({ ...base, metrics: z.string().max(2000), points });

const LimitedQuery = z.object({
  ...base,
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

const PlansQuery = LimitedQuery.extend({
  trace: z
    .string()
    .regex(/^[0-9a-f]{32}$/, "32 lower-case hex digits")
    .optional()
    .describe("Only statements whose comment names this trace (sqlcommenter's traceparent)."),
});

const nameFields: Readonly<Record<z.infer<typeof subject>, string>> = {
  service: "service",
  endpoint: "name",
  query: "name",
  queue: "messaging.destination.name",
  external: "server.address",
};

/** Plans that Postgres' auto_explain wrote into its log. */
export async function readPlans(
  reader: Pick<SignalReader, "searchLogs">,
  range: Range,
  filter: Filter,
  limit: number,
): Promise<readonly PlanView[]> {
  const page = await reader.searchLogs({
    fromNs: range.fromNs,
    toNs: range.toNs,
    filter: { op: "and", of: [{ op: "text", text: " ms  plan:" }, filter] },
    limit,
  });
  return page.records.flatMap(({ record }) => {
    const plan = parseAutoExplain(record.body);
    if (plan === undefined) return [];
    return [{ ...plan, atMs: msOf(record.timeNs), service: serviceOf(record.origin) }];
  });
}

interface Asked extends Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly filter: Filter;
}

type Common = {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly q: string;
};

function askedOf({ language, clock }: ApmParts, query: Common): Asked {
  return { ...rangeOf(query, clock), filter: language.parse(query.q, "spans") };
}

const ofService = (service: string | undefined): { readonly service?: string } =>
  service === undefined ? {} : { service };

function redRoutes(parts: ApmParts): readonly AnyRoute[] {
  const { reader, apdexMs } = parts;
  const apdex = apdexMs === undefined ? {} : { apdexMs };
  return [
    get(
      "/telemetry/apm",
      {
        role: "viewer",
        summary: "Rate, errors, durations and Apdex, beside the period before",
        query: RedQueryShape,
        answer: RedAnswer,
      },
      async ({ query }) => {
        const { subject: by, service, orderBy, limit, beforeMs } = query;
        const asked = askedOf(parts, query);
        const found = await readRedChanges(reader, {
          ...asked,
          subject: by,
          orderBy,
          limit,
          ...ofService(service),
          ...apdex,
          ...(beforeMs !== undefined && { beforeMs }),
        });
        return { fromMs: asked.fromMs, toMs: asked.toMs, ...found };
      },
    ),
    get(
      "/telemetry/apm/series",
      {
        role: "viewer",
        summary: "Rate, errors, durations and Apdex over time",
        query: SeriesQueryShape,
        answer: RedSeriesAnswer,
      },
      async ({ query }) => {
        const asked = askedOf(parts, query);
        const stepMs = stepOf(asked, query.points);
        const field = nameFields[query.subject];
        const narrowed: Filter =
          query.name === undefined
            ? asked.filter
            : { op: "and", of: [asked.filter, { op: "eq", field, value: query.name }] };
        const series = await readRedSeries(reader, {
          ...asked,
          filter: narrowed,
          subject: query.subject,
          stepMs,
          ...ofService(query.service),
          ...apdex,
        });
        return { stepMs, points: series };
      },
    ),
    get(
      "/telemetry/apm/exemplars",
      {
        role: "viewer",
        summary: "The slowest spans of the slowest moments",
        query: z.object({ ...base, points }),
        answer: ExemplarsAnswer,
      },
      async ({ query }) => {
        const asked = askedOf(parts, query);
        const of: Filter[] = [
          asked.filter,
          { op: "in", field: "kind", values: ["server", "consumer"] },
          ...(query.service === undefined
            ? []
            : [{ op: "eq", field: "service", value: query.service } as const]),
        ];
        const stepMs = stepOf(asked, query.points);
        const filter: Filter = { op: "and", of };
        return { exemplars: await readExemplars(reader, { ...asked, filter, stepMs }) };
      },
    ),
  ];
}

function databaseRoutes(parts: ApmParts): readonly AnyRoute[] {
  const { reader, language } = parts;
  const serviceFilter = (service: string | undefined): Filter =>
    service === undefined ? { op: "all" } : { op: "eq", field: "service", value: service };
  return [
    get(
      "/telemetry/apm/queries",
      {
        role: "viewer",
        summary: "Statements by the time that they took, without their literals",
        query: LimitedQuery,
        answer: QueriesAnswer,
      },
      async ({ query }) => {
        const asked = askedOf(parts, query);
        const filter: Filter = { op: "and", of: [asked.filter, serviceFilter(query.service)] };
        const { fromNs, toNs } = asked;
        return { queries: await readSlowQueries(reader, { fromNs, toNs }, filter, query.limit) };
      },
    ),
    get(
      "/telemetry/apm/plans",
      {
        role: "viewer",
        summary: "Plans of slow statements that Postgres logged (auto_explain)",
        query: PlansQuery,
        answer: PlansAnswer,
      },
      async ({ query }) => {
        const { trace, limit } = query;
        const of: Filter[] = [language.parse(query.q, "logs"), serviceFilter(query.service)];
        if (trace !== undefined) of.push({ op: "text", text: trace });
        const range = rangeOf(query, parts.clock);
        const plans = await readPlans(reader, range, { op: "and", of }, limit);
        // The text may stand anywhere in the line: only the comment says who ran the statement.
        return { plans: plans.filter(({ traceId }) => trace === undefined || traceId === trace) };
      },
    ),
  ];
}

/** The business metrics that a query names. */
function metricsOf({ business }: ApmParts, names: string): readonly BusinessMetric[] {
  const wanted = names.split(",").filter((one) => one !== "");
  if (wanted.length === 0 || wanted.length > 10) {
    throw coreErrors.MOR_INVALID("name 1 to 10 metrics, separated by commas");
  }
  return wanted.map((one) => {
    const known = business.find((metric) => metric.name === one);
    if (known === undefined) throw coreErrors.MOR_NOT_FOUND(`there is no business metric ${one}`);
    return known;
  });
}

/** The routes of APM, below `/telemetry/apm`. */
export function apmRoutes(parts: ApmParts): readonly AnyRoute[] {
  const { reader, clock } = parts;
  return [
    ...redRoutes(parts),
    ...databaseRoutes(parts),
    get(
      "/telemetry/apm/deploys",
      {
        role: "viewer",
        summary: "First sights of versions of services",
        query: z.object({ ...rangeQuery, service: name.optional() }),
        answer: DeploysAnswer,
      },
      async ({ query }) => {
        const { fromNs, toNs } = rangeOf(query, clock);
        const deploys = await readDeploys(reader, { fromNs, toNs });
        const { service } = query;
        return {
          deploys: deploys.filter((one) => service === undefined || one.service === service),
        };
      },
    ),
    get(
      "/telemetry/apm/business",
      {
        role: "viewer",
        summary: "Business metrics on the time axis of latency and errors, and how they correlate",
        query: BusinessQueryShape,
        answer: BusinessAnswer,
      },
      async ({ query }) => {
        const asked = askedOf(parts, query);
        const view = await readBusiness(reader, {
          ...asked,
          stepMs: stepOf(asked, query.points),
          metrics: metricsOf(parts, query.metrics),
          ...ofService(query.service),
        });
        return businessAnswer(view);
      },
    ),
  ];
}

import type { Clock } from "../../../core/clock.ts";
import { MorningError } from "../../../core/errors.ts";
import { spanKinds } from "../../signals/records.ts";
import type { ObservedEdge, Range, SignalReader } from "../../signals/store.ts";
import { FormTooLarge, jsonAnswer, parametersOf, segmentsOf } from "../parameters.ts";
import type { Parameters } from "../parameters.ts";
import { jaegerTrace } from "./model.ts";
import type { JaegerTrace } from "./model.ts";
import { BadSearch, searchOf } from "./search.ts";

/** What the API reads, and by which clock. */
export interface JaegerOptions {
  readonly reader: Pick<SignalReader, "fieldValues" | "aggregate" | "traces" | "trace" | "edges">;
  readonly clock: Pick<Clock, "now">;
  /** How far back services and operations are listed, milliseconds; 2 days if left out. */
  readonly lookbackMs?: number;
}

/** Where the API is served. */
export const jaegerPrefix = "/compat/jaeger/api/";

const namesMax = 10_000;

/** Spans of all traces of one answer at most. */
const spansMax = 100_000;

function answer(data: readonly unknown[] | null, status = 200, message?: string): Response {
  const errors = message === undefined ? null : [{ code: status, msg: message }];
  return jsonAnswer(status, { data, total: data?.length ?? 0, limit: 0, offset: 0, errors });
}

function recent({ clock, lookbackMs = 172_800_000 }: JaegerOptions): Range {
  const nowNs = BigInt(Math.floor(clock.now())) * 1_000_000n;
  // What runs ahead of our clock by a minute is listed too.
  const ahead = 60_000_000_000n;
  return { fromNs: nowNs - BigInt(lookbackMs) * 1_000_000n, toNs: nowNs + ahead };
}

async function services(options: JaegerOptions): Promise<Response> {
  const range = recent(options);
  const values = await options.reader.fieldValues("spans", "service", range, "", namesMax);
  return answer(values.map(({ value }) => value).sort((a, b) => (a < b ? -1 : 1)));
}

interface Operation {
  readonly name: string;
  readonly spanKind: string;
}

async function operationsOf(options: JaegerOptions, service: string): Promise<Operation[]> {
  const { rows } = await options.reader.aggregate({
    ...recent(options),
    signal: "spans",
    filter: { op: "eq", field: "service", value: service },
    by: ["name", "kind"],
    measures: [{ as: "count", fn: "count" }],
    orderBy: "count",
    limit: namesMax,
  });
  return rows
    .map(({ by: [name, kind] }) => ({ name: name ?? "", spanKind: kind ?? "" }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

async function operations(options: JaegerOptions, parameters: Parameters): Promise<Response> {
  const service = parameters.get("service") ?? "";
  if (service === "") return answer(null, 400, "parameter 'service' is required");
  const kind = parameters.get("spanKind") ?? "";
  const found = await operationsOf(options, service);
  const named = found.map((one) => ({
    ...one,
    spanKind: one.spanKind === spanKinds[0] ? "" : one.spanKind,
  }));
  return answer(kind === "" ? named : named.filter(({ spanKind }) => spanKind === kind));
}

/** A trace's id as stored: Jaeger's clients leave leading zeros out. */
function traceIdOf(text: string): string | undefined {
  return /^[0-9a-fA-F]{1,32}$/.test(text) ? text.toLowerCase().padStart(32, "0") : undefined;
}

async function readTraces(
  { reader }: JaegerOptions,
  ids: readonly string[],
): Promise<readonly JaegerTrace[]> {
  const found: JaegerTrace[] = [];
  let spans = 0;
  for (const id of ids) {
    const trace = await reader.trace(id);
    if (trace === undefined || trace.spans.length === 0) continue;
    spans += trace.spans.length;
    if (spans > spansMax && found.length > 0) break;
    found.push(jaegerTrace(trace));
  }
  return found;
}

async function search(options: JaegerOptions, parameters: Parameters): Promise<Response> {
  const named = parameters.getAll("traceID");
  if (named.length > 0) {
    const ids = named.flatMap((text) => traceIdOf(text) ?? []);
    return answer(await readTraces(options, ids.slice(0, 100)));
  }
  const query = searchOf(parameters, options.clock.now());
  const summaries = await options.reader.traces(query);
  return answer(
    await readTraces(
      options,
      summaries.map(({ traceId }) => traceId),
    ),
  );
}

async function oneTrace(options: JaegerOptions, text: string): Promise<Response> {
  const id = traceIdOf(text);
  if (id === undefined) return answer(null, 400, `cannot parse trace ID "${text}"`);
  const traces = await readTraces(options, [id]);
  return traces.length === 0 ? answer(null, 404, "trace not found") : answer(traces);
}

/** A dependency between two services, as Jaeger counts it. */
export interface Dependency {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

const service = "service/";

/**
 * Jaeger's dependencies of the map's edges: services only. Over a queue or an event, what its
 * consumers took counts for its producers by their shares.
 */
export function dependenciesOf(edges: readonly ObservedEdge[]): Dependency[] {
  const counts = new Map<string, Dependency>();
  const add = (from: string, to: string, calls: number): void => {
    const [parent, child] = [from.slice(service.length), to.slice(service.length)];
    const key = `${parent}\n${child}`;
    const callCount = (counts.get(key)?.callCount ?? 0) + calls;
    counts.set(key, { parent, child, callCount });
  };
  const isService = (node: string): boolean => node.startsWith(service);
  for (const { from, to, calls } of edges)
    if (isService(from) && isService(to)) add(from, to, calls);
  const producers = edges.filter(({ from, to }) => isService(from) && !isService(to));
  for (const taken of edges.filter(({ from, to }) => !isService(from) && isService(to))) {
    const into = producers.filter(({ to }) => to === taken.from);
    const sent = into.reduce((sum, { calls }) => sum + calls, 0);
    for (const { from, calls } of into) add(from, taken.to, (taken.calls * calls) / sent);
  }
  return [...counts.values()].map((one) => ({ ...one, callCount: Math.round(one.callCount) }));
}

async function dependencies(options: JaegerOptions, parameters: Parameters): Promise<Response> {
  const endMs = Number(parameters.get("endTs") ?? options.clock.now());
  const lookMs = Number(parameters.get("lookback") ?? 86_400_000);
  if (!Number.isFinite(endMs) || !Number.isFinite(lookMs) || endMs < 0 || lookMs < 0) {
    return answer(null, 400, "unable to parse param 'endTs' or 'lookback'");
  }
  const toNs = BigInt(Math.floor(endMs)) * 1_000_000n;
  const fromNs = toNs - BigInt(Math.floor(lookMs)) * 1_000_000n;
  return answer(dependenciesOf(await options.reader.edges({ fromNs, toNs })));
}

async function dispatch(options: JaegerOptions, request: Request): Promise<Response> {
  const [first, second, third] = segmentsOf(request, jaegerPrefix) ?? [];
  const parameters = await parametersOf(request);
  if (first === "services" && second === undefined) return services(options);
  if (first === "services" && second !== undefined && third === "operations") {
    const found = await operationsOf(options, second);
    return answer([...new Set(found.map(({ name }) => name))]);
  }
  if (first === "operations" && second === undefined) return operations(options, parameters);
  if (first === "traces" && second === undefined) return search(options, parameters);
  if (first === "traces" && second !== undefined) return oneTrace(options, second);
  if (first === "dependencies") return dependencies(options, parameters);
  return answer(null, 404, "not found");
}

/**
 * The part of Jaeger's query API that its UI and Grafana's Jaeger data source use, over the
 * telemetry store, below `/compat/jaeger/api/`.
 */
export function jaegerApi(options: JaegerOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "GET") {
      return new Response(undefined, { status: 405, headers: { allow: "GET" } });
    }
    try {
      return await dispatch(options, request);
    } catch (error) {
      if (error instanceof BadSearch || error instanceof FormTooLarge) {
        return answer(null, 400, error.message);
      }
      if (MorningError.is(error)) return answer(null, error.status, error.message);
      throw error;
    }
  };
}

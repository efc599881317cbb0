import { MorningError } from "../../../core/errors.ts";
import { makeIds, seededRandom } from "../../../core/ids.ts";
import type { Ids, Random } from "../../../core/ids.ts";
import { systemClock } from "../../../core/clock.ts";
import { batchWriter, encodeBatch } from "../../signals/batch.ts";
import type {
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Origin,
  SpanRecord,
} from "../../signals/records.ts";
import { recordWriter } from "../../signals/rows.ts";
import type { Page, Range, SearchQuery, SignalReader, SignalWriter } from "../../signals/store.ts";
import type { TelemetryFeatures } from "../driver.ts";

/** A store under test. */
export interface StoreUnderTest {
  readonly store: SignalReader & SignalWriter;
  readonly features: Pick<TelemetryFeatures, "points" | "sql" | "edges">;
  /** Moves everything that was written to where it lies next: seals it, say. */
  readonly settle?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Records of any signals. */
export interface Records {
  readonly logs?: readonly LogRecord[];
  readonly spans?: readonly SpanRecord[];
  readonly points?: readonly MetricPoint[];
  readonly errors?: readonly ErrorRecord[];
}

/** What a case works with: a stretch of time that no other case writes into. */
export interface World extends StoreUnderTest {
  /** Half an hour, from a whole minute on. */
  readonly range: Range;
  readonly random: Random;
  readonly ids: Ids;
  /** An instant of the range, so many milliseconds after its start. */
  readonly at: (ms: number) => bigint;
  /** Writes one batch. */
  readonly write: (records: Records) => Promise<void>;
  readonly log: (more: Partial<LogRecord>) => LogRecord;
  readonly span: (more: Partial<SpanRecord>) => SpanRecord;
  readonly error: (more: Partial<ErrorRecord>) => ErrorRecord;
  readonly point: (more: Partial<MetricPoint>) => MetricPoint;
}

/** One thing that every store does. */
export interface Case {
  readonly name: string;
  /** Whether a store of these features does it; all do if left out. */
  readonly needs?: keyof StoreUnderTest["features"];
  readonly run: (world: World) => Promise<void>;
}

/** How long a case's stretch of time is. */
export const stretchMs: number = 30 * 60_000;

/** An origin of a service. */
export function originOf(service: string, more: Origin["resource"] = {}): Origin {
  return {
    resource: {
      "service.name": service,
      "service.version": "1.2.3",
      "service.instance.id": `${service}-0`,
      "deployment.environment.name": "test",
      ...more,
    },
    scopeName: "contract",
    scopeVersion: "1",
    scopeAttributes: {},
  };
}

function batchOf({ logs = [], spans = [], points = [], errors = [] }: Records): Uint8Array {
  const writer = recordWriter(batchWriter());
  for (const record of logs) writer.log(record);
  for (const record of spans) writer.span(record);
  for (const record of points) writer.point(record);
  for (const record of errors) writer.error(record);
  return encodeBatch(writer.batch);
}

function makers(at: (ms: number) => bigint): Pick<World, "log" | "span" | "error" | "point"> {
  const origin = originOf("orders");
  return {
    log: (more) => ({
      origin,
      timeNs: at(0),
      observedNs: at(0),
      severity: 9,
      severityText: "INFO",
      body: "line",
      eventName: "",
      traceId: "",
      spanId: "",
      attributes: {},
      ...more,
    }),
    span: (more) => ({
      origin,
      traceId: "1".repeat(32),
      spanId: "1".repeat(16),
      parentSpanId: "",
      traceState: "",
      name: "GET /",
      kind: 2,
      startNs: at(0),
      durationNs: 10_000_000n,
      status: 0,
      statusMessage: "",
      attributes: {},
      events: [],
      links: [],
      weight: 1,
      ...more,
    }),
    error: (more) => ({
      origin,
      timeNs: at(0),
      type: "TypeError",
      message: "x is not a function",
      stack: "TypeError: x is not a function\n    at f (a.ts:1:1)",
      fingerprint: "00000000000000aa",
      source: "span",
      handled: false,
      release: "1.2.3",
      user: "",
      traceId: "",
      spanId: "",
      attributes: {},
      breadcrumbs: "",
      ...more,
    }),
    point: (more) => ({
      origin,
      name: "queue.depth",
      unit: "1",
      description: "messages that wait",
      kind: 0,
      temporality: "none",
      monotonic: false,
      startNs: 0n,
      timeNs: at(0),
      attributes: {},
      value: 1,
      count: 0n,
      exemplars: [],
      ...more,
    }),
  };
}

/** The world of one case. */
export function worldOf(under: StoreUnderTest, fromMs: number, seed: number): World {
  const fromNs = BigInt(fromMs) * 1_000_000n;
  const at = (ms: number): bigint => fromNs + BigInt(Math.round(ms * 1e6));
  const random = seededRandom(seed);
  return {
    ...under,
    range: { fromNs, toNs: fromNs + BigInt(stretchMs) * 1_000_000n },
    random,
    ids: makeIds(systemClock, random),
    at,
    async write(records) {
      await under.store.write(batchOf(records));
      await under.settle?.();
    },
    ...makers(at),
  };
}

/** The code of the error that a promise ends with; `none` when it ends well. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => (MorningError.is(error) ? error.code : String(error)),
  );
}

/** All pages of a search, one after the other. */
export async function pagesOf<T>(
  search: (query: SearchQuery) => Promise<Page<T>>,
  query: SearchQuery,
): Promise<readonly Page<T>[]> {
  const pages: Page<T>[] = [];
  let cursor: string | undefined;
  do {
    const page = await search({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== undefined && pages.length < 1000);
  return pages;
}

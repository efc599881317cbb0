import type { Cancel, Clock } from "../../../core/clock.ts";
import { ingestErrors } from "../errors.ts";
import type { Intake } from "../intake.ts";
import { idOf } from "../compat/json.ts";
import { Tally } from "../compat/tally.ts";
import { metricKinds } from "../../signals/records.ts";
import type { Origin } from "../../signals/records.ts";
import { readExposition, scrapeLimits } from "./exposition.ts";
import type { ExposedSample, Exposition, ScrapeLimits } from "./exposition.ts";

/**
 * What is scraped. Targets come from the configuration alone, never from a request: whoever could
 * name one would have the platform call addresses of its own network.
 */
export interface ScrapeTarget {
  /** `http://10.0.0.5:9100/metrics` */
  readonly url: string;
  /** The service; Prometheus calls it the job. */
  readonly service: string;
  readonly intervalMs: number;
  /** Less than the interval; 10 s at most by default. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What scraping is made of. */
export interface ScrapeOptions {
  readonly targets: readonly ScrapeTarget[];
  readonly intake: Intake;
  readonly clock: Clock;
  readonly limits?: Partial<ScrapeLimits>;
}

const accept =
  "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

async function readText(response: Response, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > limit) {
      throw ingestErrors.MOR_INGEST_TOO_LARGE(`the target says more than ${limit} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts, bytes).toString("utf8");
}

const cumulative = new Set(["counter", "histogram", "summary"]);

function isSum({ type, name }: ExposedSample): boolean {
  if (type === "summary" && !/_(?:count|sum)$/.test(name)) return false;
  return cumulative.has(type) && !name.endsWith("_created");
}

const key = (name: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([name, Object.entries(labels).map(String).toSorted()]);

/** Instants at which counters began, in nanoseconds, by the series that says so. */
function startsOf(samples: readonly ExposedSample[]): ReadonlyMap<string, bigint> {
  const created = samples.filter(({ name, value }) => name.endsWith("_created") && value > 0);
  return new Map(
    created.map(({ name, labels, value }) => [
      key(name.slice(0, -"_created".length), labels),
      BigInt(Math.min(Math.round(value * 1e6), 9e15)) * 1_000n,
    ]),
  );
}

function takeSample(
  sample: ExposedSample,
  origin: Origin,
  starts: ReadonlyMap<string, bigint>,
  tally: Tally,
): void {
  const { name, labels, value, timeMs, exemplar } = sample;
  const isTimeValid = timeMs === undefined || (timeMs >= 0 && timeMs < 9.2e12);
  if (!isTimeValid) {
    tally.reject("points", "invalid-time", "a sample's time is out of range", sample);
    return;
  }
  const timeNs = timeMs === undefined ? tally.nowNs : BigInt(Math.round(timeMs)) * 1_000_000n;
  const monotonic = isSum(sample);
  const { le: _le, quantile: _quantile, ...shared } = labels;
  const family = key(name.replace(/_(?:total|bucket|count|sum)$/, ""), shared);
  const exemplarMs = exemplar?.timeMs;
  tally.point({
    origin,
    name,
    unit: sample.unit,
    description: sample.help,
    kind: metricKinds.indexOf(monotonic ? "sum" : "gauge"),
    temporality: monotonic ? "cumulative" : "none",
    monotonic,
    startNs: monotonic ? (starts.get(family) ?? 0n) : 0n,
    timeNs,
    attributes: labels,
    value,
    count: 0n,
    exemplars:
      exemplar === undefined
        ? []
        : [
            {
              timeNs:
                exemplarMs !== undefined && exemplarMs >= 0 && exemplarMs < 9.2e12
                  ? BigInt(Math.round(exemplarMs)) * 1_000_000n
                  : timeNs,
              value: exemplar.value,
              traceId: idOf(exemplar.labels["trace_id"], 16),
              spanId: idOf(exemplar.labels["span_id"], 8),
            },
          ],
  });
}

/** What every scrape says of itself, as Prometheus does. */
function aboutScrape(up: 0 | 1, durationMs: number, samples: number): readonly ExposedSample[] {
  const gauge = (name: string, value: number): ExposedSample => ({
    name,
    labels: {},
    value,
    type: "gauge",
    help: "",
    unit: "",
  });
  return [
    gauge("up", up),
    gauge("scrape_duration_seconds", durationMs / 1_000),
    gauge("scrape_samples_scraped", samples),
  ];
}

async function fetchTarget(target: ScrapeTarget, limits: ScrapeLimits): Promise<Exposition> {
  const timeoutMs = target.timeoutMs ?? Math.min(10_000, target.intervalMs);
  const response = await fetch(target.url, {
    headers: { ...target.headers, accept },
    signal: AbortSignal.timeout(timeoutMs),
    // A target must not send the scraper elsewhere.
    redirect: "error",
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw ingestErrors.MOR_INGEST_MALFORMED(`the target answers ${response.status}`);
  }
  const text = await readText(response, limits.bodyBytesMax);
  return readExposition(text, response.headers.get("content-type") ?? "", limits);
}

/** Scrapes one target once: what it says, and whether it was up. */
export async function scrapeOnce(
  target: ScrapeTarget,
  { intake, clock, limits }: Omit<ScrapeOptions, "targets">,
): Promise<void> {
  const instance = new URL(target.url).host;
  const origin: Origin = {
    resource: { "service.name": target.service, "service.instance.id": instance },
    scopeName: "",
    scopeVersion: "",
    scopeAttributes: {},
  };
  const startMs = clock.monotonic();
  let said: Exposition = { samples: [], broken: [] };
  let up: 0 | 1 = 1;
  try {
    said = await fetchTarget(target, { ...scrapeLimits, ...limits });
  } catch (error) {
    up = 0;
    const why = error instanceof Error ? error.message : String(error);
    intake.refuse("scrape", "points", "scrape-failed", `${target.url}: ${why}`);
  }
  const about = aboutScrape(up, clock.monotonic() - startMs, said.samples.length);
  const grant = intake.admit(`scrape:${instance}`, said.samples.length * 200);
  try {
    grant.grow(said.samples.length * 200);
    await intake.take(grant, {
      source: "scrape",
      signal: "points",
      decode(sheet, nowNs) {
        const tally = new Tally(sheet, nowNs);
        const starts = startsOf(said.samples);
        for (const sample of [...said.samples, ...about]) takeSample(sample, origin, starts, tally);
        for (const line of said.broken) {
          tally.reject("points", "malformed", "a line is no sample", line);
        }
        return tally.taken();
      },
    });
  } finally {
    grant.release();
  }
}

/** Scrapes every target at its interval until it is closed; a slow one is never asked twice. */
export function startScraping(options: ScrapeOptions): { close(): Promise<void> } {
  const { clock, targets } = options;
  let closed = false;
  const cancels = new Map<ScrapeTarget, Cancel>();
  const running = new Set<Promise<void>>();
  const arm = (target: ScrapeTarget, delayMs: number): void => {
    cancels.set(
      target,
      clock.after(delayMs, () => {
        const startMs = clock.monotonic();
        // A full intake has counted what it refused: the next scrape comes anyway.
        const run = scrapeOnce(target, options).catch(() => undefined);
        running.add(run);
        void run.then(() => {
          running.delete(run);
          const spentMs = clock.monotonic() - startMs;
          if (!closed) arm(target, Math.max(0, target.intervalMs - spentMs));
        });
      }),
    );
  };
  // Spread over their interval, so that they do not come all at once.
  targets.forEach((target, index) => arm(target, (target.intervalMs * index) / targets.length));
  return {
    async close() {
      closed = true;
      for (const cancel of cancels.values()) cancel();
      await Promise.all(running);
    },
  };
}

import type { Range, SignalReader } from "../signals/store.ts";

/** The first sight of a version of a service. */
export interface DeployMarker {
  readonly service: string;
  readonly version: string;
  /** When its first span or log line was seen, to the minute, milliseconds since 1970. */
  readonly atMs: number;
  /** The version seen before it; absent for a service that was not seen before. */
  readonly previous?: string;
}

interface Sight {
  readonly version: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

const minuteMs = 60_000;

/** Buckets that one question may ask for: wider ones for longer ranges. */
const bucketsMax = 1500;

async function sightsOf(
  reader: Pick<SignalReader, "aggregate">,
  range: Range,
  stepMs: number,
): Promise<Map<string, Sight[]>> {
  const { rows } = await reader.aggregate({
    ...range,
    signal: "spans",
    filter: { op: "exists", field: "version" },
    stepMs,
    by: ["service", "version"],
    measures: [{ as: "calls", fn: "count" }],
    orderBy: "calls",
    limit: 1000,
  });
  const sights = new Map<string, Map<string, Sight>>();
  for (const { timeMs, by } of rows) {
    const [service = "", version = ""] = by.map((value) => value ?? "");
    const versions = sights.get(service) ?? new Map<string, Sight>();
    sights.set(service, versions);
    const known = versions.get(version);
    versions.set(version, {
      version,
      firstMs: Math.min(timeMs, known?.firstMs ?? timeMs),
      lastMs: Math.max(timeMs, known?.lastMs ?? timeMs),
    });
  }
  return new Map([...sights].map(([service, versions]) => [service, [...versions.values()]]));
}

/**
 * When new versions of services came into service within a range: the first sight of a
 * `service.version`. A version that was seen in the time before the range is not new, so that many
 * milliseconds are looked at too.
 * @param lookbackMs a day if left out
 */
export async function readDeploys(
  reader: Pick<SignalReader, "aggregate">,
  range: Range,
  lookbackMs = 86_400_000,
): Promise<readonly DeployMarker[]> {
  const fromMs = Number(range.fromNs / 1_000_000n);
  const wholeMs = Number(range.toNs / 1_000_000n) - fromMs + lookbackMs;
  const stepMs = Math.ceil(Math.max(minuteMs, wholeMs / bucketsMax) / minuteMs) * minuteMs;
  const whole = { ...range, fromNs: range.fromNs - BigInt(lookbackMs) * 1_000_000n };
  const markers: DeployMarker[] = [];
  for (const [service, sights] of await sightsOf(reader, whole, stepMs)) {
    const inOrder = sights.sort((a, b) => a.firstMs - b.firstMs);
    for (const [at, { version, firstMs }] of inOrder.entries()) {
      if (firstMs + stepMs <= fromMs) continue;
      const before = inOrder.slice(0, at).sort((a, b) => b.lastMs - a.lastMs);
      const previous = before[0]?.version;
      markers.push({
        service,
        version,
        atMs: firstMs,
        ...(previous !== undefined && { previous }),
      });
    }
  }
  return markers.sort((a, b) => a.atMs - b.atMs);
}

/** What an answer is measured by: how long it takes, and how much of the processors. */
import type { Filter } from "../../src/observability/signals/filter.ts";
import type {
  Aggregate,
  AggregateQuery,
  Page,
  Range,
  SignalReader,
} from "../../src/observability/signals/store.ts";
import type { LogRecord } from "../../src/observability/signals/records.ts";

/** A word that few lines have. */
export const rare = "kaleidoscope";

/** Five minutes: the bucket of every histogram here. */
export const stepMs = 300_000;

export const eq = (field: string, value: string | number): Filter => ({ op: "eq", field, value });
export const text = (what: string): Filter => ({ op: "text", text: what });
export const and = (...of: readonly Filter[]): Filter => ({ op: "and", of });
export const errors: Filter = { op: "gte", field: "level", value: "error" };

/** An hour of `all` that ends in the middle of a minute, elsewhere for each `n`. */
export function hourOf(all: Range, n: number): Range {
  const hourNs = 3_600_000_000_000n;
  const room = all.toNs - all.fromNs - hourNs;
  const fromNs = all.fromNs + (room * BigInt(n % 17)) / 17n + 12_345_678_901n;
  return { fromNs, toNs: fromNs + hourNs };
}

/** Lines by bucket and by `by`. */
export async function histogram(
  reader: SignalReader,
  range: Range,
  filter: Filter,
  by: readonly string[] = ["level"],
): Promise<Aggregate> {
  return reader.aggregate({
    ...range,
    signal: "logs",
    filter,
    stepMs,
    by,
    measures: [{ as: "n", fn: "count" }],
    limit: 20,
  } satisfies AggregateQuery);
}

/** The newest lines. */
export async function search(
  reader: SignalReader,
  range: Range,
  filter: Filter,
  limit = 100,
): Promise<Page<LogRecord>> {
  return reader.searchLogs({ ...range, filter, limit });
}

/** The value below which the share `q` of sorted values lies. */
export const at = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;

/** Milliseconds of several runs. */
export interface Times {
  readonly first: number;
  readonly p50: number;
  readonly p95: number;
  /** Processor time of one run, the median. */
  readonly cpu: number;
  /** The same on average: of another process it is only known in ticks of ten milliseconds. */
  readonly cpuMean: number;
}

/** Collects runs: the first is told apart. */
export class Stopwatch {
  readonly #took: number[] = [];
  readonly #cpu: number[] = [];
  #first = Number.NaN;
  readonly #cpuMs: () => number;

  /** @param cpuMs processor time so far of whoever is measured */
  constructor(cpuMs: () => number) {
    this.#cpuMs = cpuMs;
  }

  async run<T>(ask: () => Promise<T>): Promise<T> {
    const [startedMs, before] = [performance.now(), this.#cpuMs()];
    const answer = await ask();
    const ms = performance.now() - startedMs;
    if (Number.isNaN(this.#first)) this.#first = ms;
    else {
      this.#took.push(ms);
      this.#cpu.push(this.#cpuMs() - before);
    }
    return answer;
  }

  times(): Times {
    const [took, cpu] = [this.#took, this.#cpu].map((one) => one.toSorted((a, b) => a - b));
    return {
      first: this.#first,
      p50: at(took ?? [], 0.5),
      p95: at(took ?? [], 0.95),
      cpu: at(cpu ?? [], 0.5),
      cpuMean: this.#cpu.reduce((sum, one) => sum + one, 0) / this.#cpu.length,
    };
  }
}

/** Processor time of this process, milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

import type {
  ErrorRecord,
  LogRecord,
  MetricPoint,
  Signal,
  SpanRecord,
} from "../../signals/records.ts";
import { signals } from "../../signals/records.ts";
import type { RecordWriter } from "../../signals/rows.ts";
import type { Sheet } from "../sheet.ts";
import { Problems } from "../taken.ts";
import type { Taken } from "../taken.ts";

/** Records that one request may hold; the rest of it is rejected. */
export const recordsMax = 200_000;

interface Count {
  accepted: number;
  rejected: number;
  readonly problems: Problems;
}

/** A sample of what was wrong, for people. */
export function sampleOf(value: unknown): string {
  if (typeof value === "string") return value.slice(0, 2_000);
  try {
    return (JSON.stringify(value) ?? "").slice(0, 2_000);
  } catch {
    return "(nested too deeply to be shown)";
  }
}

/** Puts the records of one request on the sheet, and counts what was taken and what was not. */
export class Tally {
  /** When the request came, nanoseconds since 1970. */
  readonly nowNs: bigint;
  private readonly records: RecordWriter;
  private readonly counts = new Map<Signal, Count>();
  private written = 0;

  constructor(sheet: Sheet, nowNs: bigint) {
    this.records = sheet.records();
    this.nowNs = nowNs;
  }

  private of(signal: Signal): Count {
    const known = this.counts.get(signal);
    if (known !== undefined) return known;
    const made = { accepted: 0, rejected: 0, problems: new Problems() };
    this.counts.set(signal, made);
    return made;
  }

  /** Counts a record that is to be written; false where the request has too many. */
  private room(signal: Signal): boolean {
    if (this.written >= recordsMax) {
      this.reject(signal, "limit", `more than ${recordsMax} records in one request`, "");
      return false;
    }
    this.written++;
    this.of(signal).accepted++;
    return true;
  }

  log(record: LogRecord): void {
    if (this.room("logs")) this.records.log(record);
  }

  span(record: SpanRecord): void {
    if (this.room("spans")) this.records.span(record);
  }

  point(record: MetricPoint): void {
    if (this.room("points")) this.records.point(record);
  }

  error(record: ErrorRecord): void {
    if (this.room("errors")) this.records.error(record);
  }

  /** Leaves a record out. */
  reject(signal: Signal, reason: string, message: string, sample: unknown): void {
    const count = this.of(signal);
    count.rejected++;
    count.problems.add(
      reason,
      true,
      () => message,
      () => sampleOf(sample),
    );
  }

  /** Tells of something that was left out of a record, or that is no record. */
  note(signal: Signal, reason: string, message: string, sample: unknown): void {
    this.of(signal).problems.add(
      reason,
      false,
      () => message,
      () => sampleOf(sample),
    );
  }

  /** What became of the request, signal by signal. */
  taken(): readonly Taken[] {
    return signals.flatMap((signal) => {
      const count = this.counts.get(signal);
      if (count === undefined) return [];
      const { accepted, rejected, problems } = count;
      return [{ signal, accepted, rejected, problems: problems.list() }];
    });
  }
}

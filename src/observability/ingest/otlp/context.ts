import type { ErrorRecord, Signal } from "../../signals/records.ts";
import { Problems } from "../taken.ts";
import type { Taken } from "../taken.ts";
import type { Sheet } from "../sheet.ts";
import { Origins } from "./origin.ts";
import type { KnownOrigin } from "./origin.ts";
import { Pairs } from "./pairs.ts";
import { Wire } from "./reader.ts";
import { Values } from "./values.ts";
import { Walk } from "./walk.ts";

/** Names the group of an error: 16 hex digits. */
export type Fingerprint = (type: string, message: string, stack: string, service: string) => string;

/** What a request may hold at most; the rest of it is rejected as a partial success. */
export interface OtlpLimits {
  /** Records of one request. */
  readonly recordsMax: number;
  /** Bytes of columns that one request may become. */
  readonly columnBytesMax: number;
}

/** Limits where nothing else is said. */
export const otlpLimits: OtlpLimits = {
  recordsMax: 500_000,
  columnBytesMax: 192 * 1024 * 1024,
};

/** Instants past 2262 do not fit a column; the highest byte of the first that does not. */
const signBit = 0x80;

/**
 * What the readers of the three signals share: one of each a decoder, used again by each request.
 */
export class Context {
  readonly wire: Wire = new Wire();
  readonly values: Values = new Values(this.wire);
  readonly pairs: Pairs = new Pairs(this.values);
  readonly walk: Walk = new Walk(this.wire, new Origins(this.values));
  readonly limits: OtlpLimits;
  readonly fingerprint: Fingerprint;
  problems: Problems = new Problems();
  accepted = 0;
  rejected = 0;
  /** When the request came, nanoseconds, as the eight bytes of a column. */
  readonly nowBytes: Uint8Array = new Uint8Array(8);
  /** Rows of `errors` that the request's records lead to. */
  errors: ErrorRecord[] = [];
  private columnsBefore = 0;
  private sheet: Sheet | undefined;

  constructor(limits: OtlpLimits, fingerprint: Fingerprint) {
    this.limits = limits;
    this.fingerprint = fingerprint;
  }

  /** Begins a request. */
  begin(bytes: Uint8Array, sheet: Sheet, nowNs: bigint): void {
    this.wire.open(bytes);
    this.problems = new Problems();
    this.accepted = 0;
    this.rejected = 0;
    this.errors = [];
    this.sheet = sheet;
    this.columnsBefore = sheet.bytes;
    new DataView(this.nowBytes.buffer).setBigInt64(0, nowNs, true);
  }

  /** When the request came, nanoseconds since 1970. */
  nowNs(): bigint {
    return new DataView(this.nowBytes.buffer).getBigInt64(0, true);
  }

  /** Ends a request. */
  end(signal: Signal): Taken {
    const { accepted, rejected, problems, errors, sheet } = this;
    if (errors.length > 0 && sheet !== undefined) {
      const records = sheet.records();
      for (const error of errors) records.error(error);
    }
    this.release();
    return { signal, accepted, rejected, problems: problems.list() };
  }

  /** Lets go of the request's bytes. */
  release(): void {
    this.wire.close();
    this.errors = [];
    this.sheet = undefined;
  }

  /** Begins a record. */
  record(): void {
    this.values.invalid = false;
    this.values.cut = 0;
    this.pairs.begin();
  }

  /**
   * Whether the request has reached a limit. Looking at every buffer is dear, so it is done every
   * 256 records; one record adds at most a few megabytes.
   */
  full(): boolean {
    const { accepted, limits } = this;
    if (accepted >= limits.recordsMax) return true;
    if ((accepted & 255) !== 255 || this.sheet === undefined) return false;
    return this.sheet.bytes - this.columnsBefore > limits.columnBytesMax;
  }

  /** Leaves a whole record out. */
  reject(reason: string, text: string, sample: () => string): void {
    this.rejected++;
    this.pairs.discard();
    this.problems.add(reason, true, () => `${this.walk.where()}: ${text}`, sample);
  }

  /** Counts what the limits left out of a record that is kept. */
  trim(sample: () => string): void {
    const { values, pairs } = this;
    const where = (): string => this.walk.where();
    if (values.cut > 0) {
      const text = (): string => `${where()}: a text longer than the limit was cut`;
      this.problems.add("cut", false, text, sample);
    }
    if (pairs.leftOut > 0) {
      const text = (): string => `${where()}: more attributes than the limit`;
      this.problems.add("attributes", false, text, sample);
    }
  }

  /** Whether the instant at `at` is one that a column can hold. */
  instant(at: number): boolean {
    return at < 0 || ((this.wire.bytes[at + 7] as number) & signBit) === 0;
  }

  /** Whether the eight bytes at `at` are zero, or `at` is negative. */
  zero64(at: number): boolean {
    if (at < 0) return true;
    const { view } = this.wire;
    return view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0;
  }

  /** Whether an id of `size` bytes is there and not all zeros. */
  validId(start: number, end: number, size: 8 | 16): boolean {
    if (end - start !== size) return false;
    return !(this.zero64(start) && (size === 8 || this.zero64(start + 8)));
  }
}

/** A reader of one signal's records. */
export interface RecordReader {
  scope(sheet: Sheet, origin: KnownOrigin): void;
  record(end: number): void;
}

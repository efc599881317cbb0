import type { Signal } from "../signals/records.ts";

/** Something that was wrong with records of a request, told once with how often. */
export interface Problem {
  /** One word, as the dropped-data page groups it: `invalid-id`, `utf8`, `limit` ... */
  readonly reason: string;
  /** Records that were left out, or (where `rejected` is false) parts of them. */
  count: number;
  /** Whether whole records were left out. */
  readonly rejected: boolean;
  /** What was wrong with the first, in English, naming the field. */
  readonly message: string;
  /** The start of the first record, as text. */
  readonly sample: string;
}

/** What became of a request's records. */
export interface Taken {
  readonly signal: Signal;
  readonly accepted: number;
  readonly rejected: number;
  readonly problems: readonly Problem[];
}

/** Tallies what was wrong in one request: by reason, so that it stays small. */
export class Problems {
  private readonly byReason = new Map<string, Problem>();

  /** Counts one; the first of its reason is described. */
  add(reason: string, rejected: boolean, message: () => string, sample: () => string): void {
    const key = `${reason}/${rejected}`;
    const known = this.byReason.get(key);
    if (known !== undefined) known.count++;
    else {
      const made = { reason, rejected, message: message(), sample: sample().slice(0, 2_000) };
      this.byReason.set(key, { ...made, count: 1 });
    }
  }

  /** All, in the order in which they were met. */
  list(): readonly Problem[] {
    return [...this.byReason.values()];
  }
}

/**
 * What a sender is told of a partial success: empty when nothing was wrong. Names every reason
 * with its count and the first case.
 */
export function describeProblems({ problems }: Taken): string {
  return problems
    .map(({ reason, count, message }) => `${reason} (${count}): ${message}`)
    .join("; ")
    .slice(0, 4_000);
}

import { coreErrors, MorningError } from "../../core/errors.ts";
import type { ErrorOccurrence } from "../../core/errors.ts";
import type { Write } from "../../core/store.ts";
import { engineErrors } from "../errors.ts";

/** Why a write was not kept, as it crosses threads. 0 means that it was kept. */
export const failureKinds = {
  unmet: 1,
  full: 2,
  io: 3,
  corrupt: 4,
  locked: 5,
  conflict: 6,
  invalid: 7,
  sql: 8,
} as const;

/** One of {@link failureKinds}. */
export type FailureKind = (typeof failureKinds)[keyof typeof failureKinds];

/** A failure as plain data. */
export interface Failure {
  readonly kind: FailureKind;
  /** SQLite's extended result code, 0 when it was not SQLite. */
  readonly engineCode: number;
  readonly message: string;
}

/** Primary result codes, https://sqlite.org/rescode.html. */
const kindByCode: Readonly<Record<number, FailureKind>> = {
  5: failureKinds.locked,
  6: failureKinds.locked,
  7: failureKinds.io,
  10: failureKinds.io,
  11: failureKinds.corrupt,
  13: failureKinds.full,
  14: failureKinds.io,
  18: failureKinds.invalid,
  26: failureKinds.corrupt,
};

/**
 * SQLITE_CONSTRAINT, and those of its extended codes that mean "there already is one" or "in use".
 */
const constraint = 19;
const conflictCodes: ReadonlySet<number> = new Set([787, 1555, 2067, 2579]);

function kindOf(code: number): FailureKind {
  if ((code & 0xff) === constraint) {
    return conflictCodes.has(code) ? failureKinds.conflict : failureKinds.invalid;
  }
  return kindByCode[code & 0xff] ?? failureKinds.sql;
}

/** Describes what node:sqlite threw. */
export function failureOf(error: unknown): Failure {
  const { errcode, message } = error as { errcode?: unknown; message?: unknown };
  const engineCode = typeof errcode === "number" ? errcode : 0;
  const kind = engineCode === 0 ? failureKinds.sql : kindOf(engineCode);
  return { kind, engineCode, message: String(message ?? error) };
}

/** The error that a caller gets for a failure of `sql`. */
export function errorOf(failure: Failure, subject: string, sql?: string): MorningError {
  const { kind, engineCode, message } = failure;
  const text = `${subject}: ${message}${sql === undefined ? "" : ` in: ${sql.slice(0, 200)}`}`;
  const occurrence: ErrorOccurrence = { details: { engineCode } };
  switch (kind) {
    case failureKinds.full:
      return engineErrors.MOR_STATE_FULL(text, occurrence);
    case failureKinds.io:
      return engineErrors.MOR_STATE_IO(text, occurrence);
    case failureKinds.corrupt:
      return engineErrors.MOR_STATE_CORRUPT(text, occurrence);
    case failureKinds.locked:
      return engineErrors.MOR_STATE_BUSY(text, {
        ...occurrence,
        fix: "End the other program that holds a lock on the state file.",
      });
    case failureKinds.conflict:
    case failureKinds.unmet:
      return coreErrors.MOR_CONFLICT(text, occurrence);
    case failureKinds.invalid:
      return coreErrors.MOR_INVALID(text, occurrence);
    case failureKinds.sql:
      return engineErrors.MOR_STATE_SQL(text, occurrence);
  }
}

/**
 * The error of a write of which statement `index` failed: the expectation's own one if that was
 * unmet.
 */
export function writeError(
  failure: Failure,
  subject: string,
  write: Write,
  index: number,
): MorningError {
  const statement = write.statements[index];
  const own = failure.kind === failureKinds.unmet ? statement?.expect?.error : undefined;
  if (own === undefined) return errorOf(failure, subject, statement?.sql);
  const spec = coreErrors.specs.MOR_CONFLICT;
  return new MorningError(own.code, spec, own.message, { details: { expectation: index } });
}

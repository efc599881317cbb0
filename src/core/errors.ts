/**
 * One entry of an error catalogue: what the code means, its HTTP status, and what the reader does
 * about it.
 */
export interface ErrorSpec {
  /** HTTP status that a boundary answers with, 400 to 599. */
  readonly status: number;
  /** One short sentence, the same for every occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** What to do about it, addressed to the person at the keyboard. */
  readonly fix: string;
}

/** What may accompany one occurrence of an error. */
export interface ErrorOccurrence {
  /** Overrides the catalogue's fix where the occurrence knows a better one. */
  readonly fix?: string;
  readonly cause?: unknown;
  /** Plain data for machines: paths, limits, names. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const brand = "morning-ai/error";

/**
 * The one error class of Morning: a stable `code`, a message that names the resource, and a `fix`.
 * Decide by code with {@link MorningError.is}, never by `instanceof`: two copies of the package may
 * be loaded.
 */
export class MorningError extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly fix: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Marks the class across copies of the package. */
  readonly brand: string = brand;

  constructor(code: string, spec: ErrorSpec, message: string, occurrence: ErrorOccurrence = {}) {
    super(message, occurrence.cause === undefined ? undefined : { cause: occurrence.cause });
    this.name = "MorningError";
    this.code = code;
    this.status = spec.status;
    this.title = spec.title;
    this.fix = occurrence.fix ?? spec.fix;
    this.details = occurrence.details ?? {};
  }

  /** Whether `error` is a MorningError, of the given code if one is named. */
  static is(error: unknown, code?: string): error is MorningError {
    if (typeof error !== "object" || error === null) return false;
    const candidate = error as Partial<MorningError>;
    return candidate.brand === brand && (code === undefined || candidate.code === code);
  }

  /**
   * The plain-data form that crosses a process boundary; {@link MorningError.revive} restores it.
   */
  toJSON(): MorningErrorData {
    const { code, status, title, message, fix, details } = this;
    return { code, status, title, message, fix, details };
  }

  /** Restores an error that {@link MorningError.toJSON} wrote. */
  static revive(data: MorningErrorData): MorningError {
    return new MorningError(data.code, data, data.message, {
      fix: data.fix,
      details: data.details,
    });
  }
}

/** A MorningError as plain data. */
export interface MorningErrorData extends ErrorSpec {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Makes one error of a catalogue: `throw queueErrors.MOR_QUEUE_MESSAGE_TOO_LARGE("queue orders:
 * ...")`.
 */
export type ErrorFactory = (message: string, occurrence?: ErrorOccurrence) => MorningError;

/**
 * A catalogue: a factory an error code, and the specs that the reference page is generated from.
 */
export type ErrorCatalogue<T extends Record<string, ErrorSpec>> = {
  readonly [K in keyof T]: ErrorFactory;
} & { readonly specs: T };

/**
 * Declares the errors of one folder. Every folder keeps its catalogue in `errors.ts`;
 * `docs/reference/errors.md` is generated from all of them and a test asserts that they are equal.
 */
export function errorCatalogue<const T extends Record<`MOR_${string}`, ErrorSpec>>(
  specs: T,
): ErrorCatalogue<T> {
  const factories = Object.entries<ErrorSpec>(specs).map(([code, spec]) => [
    code,
    (message: string, occurrence?: ErrorOccurrence) =>
      new MorningError(code, spec, message, occurrence),
  ]);
  return { ...Object.fromEntries(factories), specs } as ErrorCatalogue<T>;
}

/** Errors that any layer may raise. */
export const coreErrors: ErrorCatalogue<{
  readonly MOR_INVALID: ErrorSpec;
  readonly MOR_UNSUPPORTED: ErrorSpec;
  readonly MOR_NOT_FOUND: ErrorSpec;
  readonly MOR_CONFLICT: ErrorSpec;
  readonly MOR_TIMEOUT: ErrorSpec;
  readonly MOR_CANCELLED: ErrorSpec;
  readonly MOR_STOPPING: ErrorSpec;
  readonly MOR_OVERLOADED: ErrorSpec;
  readonly MOR_CONFIG: ErrorSpec;
  readonly MOR_DECLARATION: ErrorSpec;
  readonly MOR_NAME: ErrorSpec;
  readonly MOR_PORT_TAKEN: ErrorSpec;
  readonly MOR_ENGINE_NOT_INSTALLED: ErrorSpec;
  readonly MOR_ENGINE_UNAVAILABLE: ErrorSpec;
  readonly MOR_INTERNAL: ErrorSpec;
}> = errorCatalogue({
  MOR_INVALID: {
    status: 400,
    title: "The input does not fit the declared schema.",
    fix: "Correct the value at the path that the message names.",
  },
  MOR_UNSUPPORTED: {
    status: 501,
    title: "The driver in use cannot do this.",
    fix: "Choose a driver whose feature flag says that it can, or leave the option out.",
  },
  MOR_NOT_FOUND: {
    status: 404,
    title: "There is nothing of that name.",
    fix: "List what exists, and check the spelling and the environment.",
  },
  MOR_CONFLICT: {
    status: 409,
    title: "The state changed since it was read.",
    fix: "Read again and repeat the change on what is there now.",
  },
  MOR_TIMEOUT: {
    status: 504,
    title: "The deadline passed before the answer came.",
    fix: "Raise the deadline, or find out in the trace what was slow.",
  },
  MOR_CANCELLED: {
    status: 499,
    title: "The caller gave up before the answer came.",
    fix: "Nothing to mend unless it was not meant: repeat the call.",
  },
  MOR_STOPPING: {
    status: 503,
    title: "The process is stopping and takes no new work.",
    fix: "Repeat the call: another instance, or this one after its restart, will take it.",
  },
  MOR_OVERLOADED: {
    status: 429,
    title: "A limit on waiting work is reached.",
    fix: "Slow down and repeat after the time that the answer names, or raise the limit.",
  },
  MOR_CONFIG: {
    status: 500,
    title: "The configuration is not usable.",
    fix: "Correct the setting that the message names in morning.config.ts or the environment.",
  },
  MOR_DECLARATION: {
    status: 500,
    title: "A declaration of the app is not valid.",
    fix: "Correct the declaration that the message names.",
  },
  MOR_NAME: {
    status: 500,
    title: "A name is not usable on every engine.",
    fix: "Use lower-case letters, digits, dots and hyphens, beginning with a letter.",
  },
  MOR_PORT_TAKEN: {
    status: 500,
    title: "The port is taken by another process.",
    fix: "Stop the other process, or choose another port with --port.",
  },
  MOR_ENGINE_NOT_INSTALLED: {
    status: 500,
    title: "The client library of the chosen engine is not installed.",
    fix: "Install it with the line that the message names.",
  },
  MOR_ENGINE_UNAVAILABLE: {
    status: 503,
    title: "The engine does not answer.",
    fix: "Check that it runs and that its address and credentials are right.",
  },
  MOR_INTERNAL: {
    status: 500,
    title: "Something failed inside Morning.",
    fix: "Report it with the trace id of the answer.",
  },
});

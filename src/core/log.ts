/** How much a log line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Writes structured log lines. Fields are plain data and never secrets. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry `fields`. */
  with(fields: LogFields): Log;
}

/** Fields of a log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** One line, before it is written. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that hands its lines to `write`. */
export function makeLog(write: (line: LogLine) => void, bound: LogFields = {}): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      write({ level, message, fields: { ...bound, ...fields } });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => makeLog(write, { ...bound, ...fields }),
  };
}

/**
 * OTLP severity numbers of the words that logs use (OpenTelemetry logs data model, appendix B; the
 * levels of syslog as its example maps them).
 */
const words: Readonly<Record<string, number>> = {
  trace: 1,
  verbose: 1,
  finest: 1,
  finer: 3,
  debug: 5,
  fine: 5,
  dbg: 5,
  config: 7,
  info: 9,
  information: 9,
  informational: 9,
  log: 9,
  statement: 9,
  detail: 9,
  hint: 9,
  context: 9,
  query: 9,
  notice: 10,
  success: 10,
  warn: 13,
  warning: 13,
  error: 17,
  err: 17,
  severe: 17,
  failure: 17,
  critical: 18,
  crit: 18,
  alert: 19,
  fatal: 21,
  emergency: 21,
  emerg: 21,
  panic: 21,
};

const letters: Readonly<Record<string, number>> = {
  t: 1,
  v: 1,
  d: 5,
  i: 9,
  n: 10,
  w: 13,
  e: 17,
  f: 21,
};

/** Levels as numbers of pino and bunyan: 10 trace to 60 fatal. */
function fromNumber(value: number): number | undefined {
  if (!Number.isInteger(value) || value < 0) return undefined;
  // Eight and less is syslog's count from the other end, which nothing else distinguishes.
  if (value <= 7) return [21, 19, 18, 17, 13, 10, 9, 5][value];
  if (value < 10 || value > 69) return undefined;
  return 1 + 4 * (Math.floor(value / 10) - 1);
}

/** The OTLP severity number of a level as a log writes it; undefined if it is none. */
export function severityOf(level: string | number): number | undefined {
  if (typeof level === "number") return fromNumber(level);
  const word = level.trim().toLowerCase();
  if (/^\d{1,2}$/.test(word)) return fromNumber(Number(word));
  // DEBUG5 of PostgreSQL and the like.
  return words[word] ?? letters[word] ?? words[word.replace(/\d$/, "")];
}

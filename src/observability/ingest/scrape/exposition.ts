import { ingestErrors } from "../errors.ts";

/** Limits of one scrape. */
export interface ScrapeLimits {
  readonly bodyBytesMax: number;
  readonly samplesMax: number;
  readonly labelsMax: number;
}

/** Limits where nothing else is said. */
export const scrapeLimits: ScrapeLimits = {
  bodyBytesMax: 16 * 1024 * 1024,
  samplesMax: 50_000,
  labelsMax: 64,
};

/** An exemplar as OpenMetrics writes it. */
export interface ExposedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970, where it is said. */
  readonly timeMs?: number;
}

/** One line of an exposition. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since 1970, where the target says its own time. */
  readonly timeMs?: number;
  /** As `# TYPE` says: `counter`, `gauge`, `histogram` ... `unknown` where it says nothing. */
  readonly type: string;
  readonly help: string;
  readonly unit: string;
  readonly exemplar?: ExposedExemplar;
}

/** What was read, and the lines that were not. */
export interface Exposition {
  readonly samples: readonly ExposedSample[];
  readonly broken: readonly string[];
}

const lineCharsMax = 64 * 1024;
const brokenMax = 100;

const nameForm = /[a-zA-Z_:][\w:]*/y;
const labelForm = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?/y;

const unescape = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_all, one: string) => (one === "n" ? "\n" : one));

function numberOf(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (/^[+-]?inf(?:inity)?$/.test(lower)) return lower.startsWith("-") ? -Infinity : Infinity;
  if (lower === "nan") return Number.NaN;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}

type Labels = Record<string, string>;

/** Reads `{a="b"}` at a place; undefined where it is broken or has too many. */
function labelsAt(
  line: string,
  at: number,
  most: number,
): { readonly labels: Labels; readonly next: number } | undefined {
  const labels: Labels = {};
  let next = at + 1;
  for (let count = 0; ; count++) {
    labelForm.lastIndex = next;
    const found = labelForm.exec(line);
    if (found === null) break;
    const [whole, name = "", value = ""] = found;
    if (count === most || Object.hasOwn(labels, name)) return undefined;
    if (name !== "__proto__") labels[name] = unescape(value);
    next += whole.length;
  }
  const end = /^\s*\}/.exec(line.slice(next, next + 64))?.[0];
  return end === undefined ? undefined : { labels, next: next + end.length };
}

function exemplarOf(text: string, most: number): ExposedExemplar | undefined {
  const start = text.indexOf("{");
  const found = start < 0 ? undefined : labelsAt(text, start, most);
  if (found === undefined) return undefined;
  const [value = "", time] = text.slice(found.next).trim().split(/\s+/);
  const number = numberOf(value);
  if (number === undefined) return undefined;
  const seconds = time === undefined ? undefined : numberOf(time);
  return {
    labels: found.labels,
    value: number,
    ...(seconds === undefined ? {} : { timeMs: seconds * 1_000 }),
  };
}

interface Family {
  type: string;
  help: string;
  unit: string;
}

const suffix = /_(?:total|bucket|count|sum|created|info|gcount|gsum)$/;

class Reading {
  readonly samples: ExposedSample[] = [];
  readonly broken: string[] = [];
  private readonly families = new Map<string, Family>();
  private readonly isOpen: boolean;
  private readonly limits: ScrapeLimits;

  constructor(isOpen: boolean, limits: ScrapeLimits) {
    this.isOpen = isOpen;
    this.limits = limits;
  }

  /** Reads one line; false where it cannot be read. */
  line(line: string): boolean {
    if (line.startsWith("#")) {
      this.comment(line);
      return true;
    }
    nameForm.lastIndex = 0;
    const name = nameForm.exec(line)?.[0];
    if (name === undefined || line.length > lineCharsMax) return false;
    const opened = /^\s*\{/.exec(line.slice(name.length))?.[0];
    const at = name.length + (opened?.length ?? 0) - 1;
    const most = this.limits.labelsMax;
    const head = opened === undefined ? undefined : labelsAt(line, at, most);
    if (opened !== undefined && head === undefined) return false;
    const rest = line.slice(head?.next ?? name.length);
    const mark = this.isOpen ? rest.indexOf(" # ") : -1;
    const [value = "", time, more] = (mark < 0 ? rest : rest.slice(0, mark)).trim().split(/\s+/);
    const number = numberOf(value);
    const instant = time === undefined ? undefined : numberOf(time);
    if (number === undefined || more !== undefined) return false;
    if (time !== undefined && instant === undefined) return false;
    const family = this.families.get(name) ?? this.families.get(name.replace(suffix, ""));
    const exemplar = mark < 0 ? undefined : exemplarOf(rest.slice(mark + 3), most);
    this.samples.push({
      name,
      labels: head?.labels ?? {},
      value: number,
      // OpenMetrics counts seconds, the older form milliseconds.
      ...(instant === undefined ? {} : { timeMs: this.isOpen ? instant * 1_000 : instant }),
      type: family?.type ?? "unknown",
      help: family?.help ?? "",
      unit: family?.unit ?? "",
      ...(exemplar === undefined ? {} : { exemplar }),
    });
    return true;
  }

  private comment(line: string): void {
    const [, what, name = "", text = ""] =
      /^#\s*(TYPE|HELP|UNIT)\s+([a-zA-Z_:][\w:]*)\s*(.*)$/.exec(line) ?? [];
    if (what === undefined || (!this.families.has(name) && this.families.size >= 10_000)) return;
    const family = this.families.get(name) ?? { type: "unknown", help: "", unit: "" };
    if (what === "TYPE") family.type = text.trim();
    else if (what === "HELP") family.help = unescape(text).slice(0, 1_000);
    else family.unit = text.trim().slice(0, 100);
    this.families.set(name, family);
  }
}

/**
 * Reads the text exposition 0.0.4, or OpenMetrics 1.0 where the content type says so.
 * @throws MOR_INGEST_TOO_LARGE past the limit of samples: as a whole, so that no series is torn
 */
export function readExposition(
  text: string,
  contentType: string,
  limits: ScrapeLimits = scrapeLimits,
): Exposition {
  const isOpen = contentType.trim().startsWith("application/openmetrics-text");
  const reading = new Reading(isOpen, limits);
  for (let at = 0; at < text.length;) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end).trim();
    at = end + 1;
    if (line === "") continue;
    if (isOpen && line === "# EOF") break;
    if (!reading.line(line) && reading.broken.length < brokenMax) {
      reading.broken.push(line.slice(0, 500));
    }
    if (reading.samples.length > limits.samplesMax) {
      throw ingestErrors.MOR_INGEST_TOO_LARGE(`more than ${limits.samplesMax} samples`, {
        details: { limit: limits.samplesMax },
      });
    }
  }
  return reading;
}

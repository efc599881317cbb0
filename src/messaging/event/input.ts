import { envelopeTime, isObject, plainEnvelope } from "./envelope.ts";
import type { EventEnvelope } from "./envelope.ts";
import { eventErrors } from "./errors.ts";

/**
 * What a subscription's handler gets instead of the whole event (EventBridge's input transformer).
 */
export interface InputTransformer {
  /** Name to JSON path: `{ amount: "$.detail.amount" }`; 100 at most. */
  readonly paths: Readonly<Record<string, string>>;
  /** JSON text with `<name>` placeholders; `<aws.events.rule-name>` and its kind are known. */
  readonly template: string;
}

/** What a transformed event is made from, beside the event. */
export interface InputSurroundings {
  readonly ruleName: string;
  readonly ruleArn: string;
  readonly ingestedAtMs: number;
}

/** A checked transformer: makes the JSON text that a subscription gets. */
export type CompiledInput = (envelope: EventEnvelope, surroundings: InputSurroundings) => string;

/** A member, an index, or every member of what is there. */
type Segment = string | number | typeof every;
type Part = { readonly literal: string } | { readonly name: string; readonly quoted: boolean };

const every: unique symbol = Symbol("every");
const pathsMax = 100;
/** EventBridge's limit of an `InputTemplate`, characters. */
const templateLengthMax = 8192;
const nameForm = /^[A-Za-z0-9_-]+$/;
const segmentForm = /\.(\*|[A-Za-z0-9_/-]+)|\[(\d+|\*)\]|\["([^"\\]*)"\]|\['([^'\\]*)'\]/y;
const predefined: ReadonlySet<string> = new Set([
  "aws.events.rule-arn",
  "aws.events.rule-name",
  "aws.events.event.ingestion-time",
  "aws.events.event",
  "aws.events.event.json",
]);

function invalid(subject: string, reason: string): Error {
  return eventErrors.MOR_EVENT_INPUT_INVALID(`${subject}: input: ${reason}`);
}

/** Reads a path: dots, brackets, indices and `*`, as EventBridge knows them. */
function parsePath(path: string, subject: string): readonly Segment[] {
  if (!path.startsWith("$")) throw invalid(subject, `the path ${path} does not begin with $`);
  const segments: Segment[] = [];
  for (let at = 1; at < path.length; at = segmentForm.lastIndex) {
    segmentForm.lastIndex = at;
    const found = segmentForm.exec(path);
    if (found === null) throw invalid(subject, `the path ${path} is not readable at ${at}`);
    const [, key, index, ...quoted] = found;
    if (key !== undefined) segments.push(key === "*" ? every : key);
    else if (index !== undefined) segments.push(index === "*" ? every : Number(index));
    else segments.push(quoted[0] ?? quoted[1] ?? "");
  }
  return segments;
}

function own(value: unknown, key: string | number): unknown {
  if (typeof key === "number") return Array.isArray(value) ? (value as unknown[])[key] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function valueAt(value: unknown, segments: readonly Segment[]): unknown {
  const [first, ...rest] = segments;
  if (first === undefined) return value;
  if (first !== every) {
    const next = own(value, first);
    return next === undefined ? undefined : valueAt(next, rest);
  }
  const members = Array.isArray(value)
    ? (value as unknown[])
    : isObject(value)
      ? Object.values(value)
      : [];
  return members.map((member) => valueAt(member, rest)).filter((one) => one !== undefined);
}

/** Cuts a template at its placeholders, and says of each whether it stands in a JSON string. */
function parseTemplate(
  template: string,
  known: ReadonlySet<string>,
  subject: string,
): readonly Part[] {
  const parts: Part[] = [];
  let quoted = false;
  let literal = "";
  for (let at = 0; at < template.length; at++) {
    const character = template[at] ?? "";
    if (character === "\\" && quoted) {
      literal += character + (template[++at] ?? "");
      continue;
    }
    if (character === '"') quoted = !quoted;
    const name =
      character === "<"
        ? /^<([A-Za-z0-9_.-]+)>/.exec(template.slice(at, at + 300))?.[1]
        : undefined;
    if (name === undefined) {
      literal += character;
      continue;
    }
    if (!known.has(name)) throw invalid(subject, `the template names <${name}>, which has no path`);
    parts.push({ literal }, { name, quoted });
    literal = "";
    at += name.length + 1;
  }
  return [...parts, { literal }];
}

/**
 * How a value stands inside a JSON string: objects and lists lose their quotation marks, as on AWS.
 */
function inString(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const plain = typeof value === "object" && value !== null ? text.replaceAll('"', "") : text;
  return JSON.stringify(plain).slice(1, -1);
}

function render(parts: readonly Part[], valueOf: (name: string) => unknown): string {
  let text = "";
  for (const part of parts) {
    if ("literal" in part) text += part.literal;
    else if (part.quoted) text += inString(valueOf(part.name));
    else text += JSON.stringify(valueOf(part.name) ?? "");
  }
  return text;
}

function predefinedValue(
  name: string,
  envelope: EventEnvelope,
  around: InputSurroundings,
): unknown {
  const { detail, ...rest } = plainEnvelope(envelope);
  switch (name) {
    case "aws.events.rule-arn":
      return around.ruleArn;
    case "aws.events.rule-name":
      return around.ruleName;
    case "aws.events.event.ingestion-time":
      return envelopeTime(around.ingestedAtMs);
    case "aws.events.event":
      return rest;
    default:
      return { ...rest, detail };
  }
}

/**
 * Checks a transformer and prepares it.
 *
 * A bare placeholder becomes JSON, one within quotation marks text. A path that leads nowhere is
 * `""` when bare and nothing within a string. The result is JSON, whatever the event holds
 * (EventBridge, eb-transform-target-input).
 * @param subject for messages: `subscription orders.payment.succeeded`
 * @throws MOR_EVENT_INPUT_INVALID
 */
export function compileInput(transformer: InputTransformer, subject: string): CompiledInput {
  const names = Object.keys(transformer.paths);
  if (names.length > pathsMax) throw invalid(subject, `more than ${pathsMax} paths`);
  if (transformer.template.length > templateLengthMax) {
    throw invalid(subject, `the template is longer than ${templateLengthMax} characters`);
  }
  const paths = new Map<string, readonly Segment[]>();
  for (const name of names) {
    if (!nameForm.test(name))
      throw invalid(subject, `${name} is no name of letters, digits, - and _`);
    paths.set(name, parsePath(transformer.paths[name] ?? "", subject));
  }
  const parts = parseTemplate(transformer.template, new Set([...names, ...predefined]), subject);
  try {
    JSON.parse(render(parts, () => "value"));
  } catch (cause) {
    throw invalid(subject, `the template does not make JSON: ${(cause as Error).message}`);
  }
  return (envelope, around) =>
    render(parts, (name) => {
      const path = paths.get(name);
      return path === undefined ? predefinedValue(name, envelope, around) : valueAt(envelope, path);
    });
}

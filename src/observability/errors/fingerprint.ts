import { createHash } from "node:crypto";
import { framesOf } from "./stack.ts";
import type { Frame } from "./stack.ts";

/** What an exception is grouped by. */
export interface ErrorFacts {
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** What the sender wants it to be grouped by; `{{ default }}` stands for what we would take. */
  readonly wanted?: readonly string[];
}

/** The group of an exception, and why it is in it. */
export interface Fingerprint {
  /** 16 hex digits. */
  readonly id: string;
  /**
   * `sender`: it said so; `stack`: the calls of the app's own code; `calls`: all calls, as none is
   * the app's own; `message`: type and message, as there is no stack.
   */
  readonly by: "sender" | "stack" | "calls" | "message";
  /** What was hashed, in order, for people to read. */
  readonly parts: readonly string[];
  /** The call that people look at first: `charge (payments.ts)`. */
  readonly culprit: string;
}

/** Calls that count: the rest of a deep stack says how it came there, not what went wrong. */
const framesCounted = 8;

/** What varies in messages of one group, most specific first. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}/g, "<email>"],
  [/\bhttps?:\/\/[^\s"'<>]{1,2000}/g, "<url>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<ip>"],
  [/\b0x[0-9a-f]+\b/gi, "<hex>"],
  [/"[^"\n]{0,500}"|'[^'\n]{0,500}'|`[^`\n]{0,500}`/g, "<text>"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, "<hex>"],
  [/\d+(?:[.,]\d+)*/g, "<n>"],
];

const messageLengthMax = 2000;

/** A message without what varies from one time to the next. */
export function messageTemplate(message: string): string {
  let template = message.slice(0, messageLengthMax);
  for (const [pattern, mark] of varying) template = template.replace(pattern, mark);
  return template.trim();
}

/** A file without what changes with machine, release or bundle: folders above, query, hash. */
function fileName(file: string): string {
  const path = file.replace(/[?#].*$/, "").replace(/\\/g, "/");
  const name = path.includes("/") ? path.split("/").slice(-2).join("/") : path;
  return name.replace(/[.-](?=[0-9a-zA-Z_]*\d)[0-9a-zA-Z_]{8,}(?=\.\w+$)/, "");
}

/** A function without what compilers number: `<anonymous>`, `lambda$7`, `func1.2`. */
function functionName(name: string): string {
  const plain = name.replace(/^(?:async |new |Object\.|Module\.)+/, "").replace(/\[as \w+\]/, "");
  return plain.replace(/\$\d+|\.func\d+(?:\.\d+)*|@[0-9a-f]+/g, "").trim();
}

function partOf({ file, function: name }: Frame): string {
  const called = functionName(name);
  const where = fileName(file);
  return called === "" ? where : `${called} (${where})`;
}

/** Calls that repeat at once count once: the depth of a recursion says nothing. */
function withoutRepeats(parts: readonly string[]): string[] {
  return parts.filter((part, index) => part !== parts[index - 1]);
}

function defaultParts(facts: ErrorFacts): Omit<Fingerprint, "id"> {
  const frames = framesOf(facts.stack);
  const own = frames.filter(({ inApp }) => inApp);
  const counted = own.length > 0 ? own : frames;
  if (counted.length === 0) {
    const parts = [facts.type, messageTemplate(facts.message)];
    return { by: "message", parts, culprit: "" };
  }
  const calls = withoutRepeats(counted.map(partOf)).slice(0, framesCounted);
  return {
    by: own.length > 0 ? "stack" : "calls",
    parts: [facts.type, ...calls],
    culprit: calls[0] ?? "",
  };
}

const placeholder = /^\{\{\s*default\s*\}\}$/;

/**
 * The group of an exception. Exceptions of a service are one group when their type and the calls of
 * the app's own code are the same; lines, folders, bundle hashes and what varies in the message do
 * not count.
 */
export function fingerprintOf(facts: ErrorFacts): Fingerprint {
  const usual = defaultParts(facts);
  const wanted = facts.wanted ?? [];
  const chosen: Omit<Fingerprint, "id"> = wanted.every((part) => placeholder.test(part))
    ? usual
    : {
        by: "sender",
        parts: wanted.flatMap((part) => (placeholder.test(part) ? usual.parts : [part])),
        culprit: usual.culprit,
      };
  const hash = createHash("sha256").update(facts.service);
  for (const part of chosen.parts) hash.update("\u0000").update(part);
  return { id: hash.digest("hex").slice(0, 16), ...chosen };
}

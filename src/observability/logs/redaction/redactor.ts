import { RE2JS } from "re2js";
import type { Attributes, AttributeValue } from "../../signals/records.ts";
import { redactionErrors } from "./errors.ts";
import { scanBytes, textScanner } from "./prefilter.ts";
import { redactionRules } from "./rules.ts";
import type { RedactionRule, RuleName } from "./rules.ts";
import { regexOf } from "../regex.ts";

/** A rule of one's own. */
export interface UserRule {
  /** Lower-case letters, digits and dashes; stands in what is put in place of a match. */
  readonly name: string;
  /** RE2 expression; group 1, if there is one, is what is replaced. */
  readonly pattern: string;
  /** A word that every match holds, as written: texts without it are not searched. */
  readonly contains?: string;
}

/** What is redacted. */
export interface RedactionOptions {
  /** Built-in rules that are not wanted. */
  readonly off?: readonly RuleName[];
  /** Fields (`body`, attribute keys) that stay as they are. */
  readonly allow?: readonly string[];
  /** More attribute keys whose whole value is a secret; case does not count. */
  readonly keys?: readonly string[];
  readonly rules?: readonly UserRule[];
}

/** Takes secrets and personal data out of telemetry before it is stored. */
export interface Redactor {
  /** Whether a whole batch may hold something to redact; no is certain, and fast. */
  mayHold(batch: Uint8Array | string): boolean;
  /** The text with each find replaced by `[redacted:RULE]`; the same string if there is none. */
  text(text: string, field?: string): string;
  /** The attributes, redacted by key and by value; the same object if there is nothing. */
  attributes(attributes: Attributes): Attributes;
  /** How often each rule found something. */
  counts(): Readonly<Record<string, number>>;
}

/** Rules of one's own at most. */
export const userRulesMax = 64;
/** Characters of their expressions at most. */
const patternCharsMax = 512;
/** Characters of a text that are searched by rules of one's own; the built-in ones see all. */
const userCharsMax = 64 * 1024;
/** Levels of nested attribute values that are looked into. */
const depthMax = 8;

/** Last part of a key whose value is a secret. */
const secretKey = regexOf(
  "i",
  String.raw`(?:^|[._\-/])(?:x-)?`,
  String.raw`(?:password|passwd|pwd|passphrase|secret|client[_-]?secret|(?:`,
  String.raw`(?:access|refresh|id|auth|session|csrf|bearer|api)[_-]?)?token|authorization`,
  String.raw`|proxy-authorization|cookie|set-cookie|api[_-]?key|apikey|private[_-]?key`,
  String.raw`|access[_-]?key|secret[_-]?key|credentials?)$`,
);

interface Compiled {
  readonly name: string;
  readonly expression: RE2JS;
  readonly contains: string;
}

function compiled({ name, pattern, contains = "" }: UserRule): Compiled {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw redactionErrors.MOR_LOGS_REDACTION(
      `the name ${JSON.stringify(name)} is not lower-case letters, digits and dashes`,
    );
  }
  if (pattern.length > patternCharsMax) {
    throw redactionErrors.MOR_LOGS_REDACTION(
      `the pattern of the rule ${name} is longer than ${patternCharsMax} characters`,
    );
  }
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(pattern);
  } catch (cause) {
    throw redactionErrors.MOR_LOGS_REDACTION(
      `the pattern of the rule ${name} cannot be read: ${(cause as Error).message}`,
      { cause },
    );
  }
  const empty = expression.matcher("");
  if (empty.find()) {
    throw redactionErrors.MOR_LOGS_REDACTION(
      `the pattern of the rule ${name} matches nothing at all`,
    );
  }
  return { name, expression, contains };
}

const marker = (name: string): string => `[redacted:${name}]`;

class RuleRedactor implements Redactor {
  readonly #rules: readonly RedactionRule[];
  readonly #own: readonly Compiled[];
  readonly #allow: ReadonlySet<string>;
  readonly #keys: ReadonlySet<string>;
  readonly #counts: Record<string, number> = {};
  readonly #scan = textScanner();
  readonly #keyVerdicts = new Map<string, boolean>();

  constructor({ off = [], allow = [], keys = [], rules = [] }: RedactionOptions) {
    if (rules.length > userRulesMax) {
      throw redactionErrors.MOR_LOGS_REDACTION(
        `there are ${rules.length} rules, more than ${userRulesMax}`,
      );
    }
    this.#rules = redactionRules.filter(({ name }) => !off.includes(name));
    this.#own = rules.map(compiled);
    this.#allow = new Set(allow);
    this.#keys = new Set(keys.map((key) => key.toLowerCase()));
  }

  mayHold(batch: Uint8Array | string): boolean {
    if (this.#own.some(({ contains }) => contains === "" || includes(batch, contains))) return true;
    return typeof batch === "string" ? this.#scan(batch) : scanBytes(batch);
  }

  text(text: string, field?: string): string {
    if (text.length < 3 || (field !== undefined && this.#allow.has(field))) return text;
    const found = this.#scan(text) ? this.#builtIn(text) : text;
    return this.#own.length === 0 ? found : this.#user(found);
  }

  #count(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }

  #builtIn(text: string): string {
    let now = text;
    for (const rule of this.#rules) {
      now = now.replace(rule.expression, (match: string, ...rest: unknown[]) => {
        const last = rest.at(-1);
        const groups = (typeof last === "object" ? last : {}) as Record<string, string | undefined>;
        if (rule.check?.(match, groups) === false) return match;
        this.#count(rule.name);
        return (groups["keep"] ?? "") + marker(rule.name) + (groups["after"] ?? "");
      });
    }
    return now;
  }

  #user(text: string): string {
    let now = text;
    for (const { name, expression, contains } of this.#own) {
      if (contains !== "" && !now.includes(contains)) continue;
      const matcher = expression.matcher(now.slice(0, userCharsMax));
      let out = "";
      let at = 0;
      while (matcher.find()) {
        const group = matcher.groupCount() > 0 && matcher.start(1) >= 0 ? 1 : 0;
        const [start, end] = [matcher.start(group), matcher.end(group)];
        const value = now.slice(start, end);
        // What was redacted stays as it is, so that redacting twice is redacting once.
        if (start < at || end === start || value.includes("[redacted:")) continue;
        out += now.slice(at, start) + marker(name);
        at = end;
        this.#count(name);
      }
      if (at > 0) now = out + now.slice(at);
    }
    return now;
  }

  #isSecretKey(key: string): boolean {
    let verdict = this.#keyVerdicts.get(key);
    if (verdict === undefined) {
      verdict = this.#keys.has(key.toLowerCase()) || secretKey.test(key.slice(-64));
      if (this.#keyVerdicts.size >= 10_000) this.#keyVerdicts.clear();
      this.#keyVerdicts.set(key, verdict);
    }
    return verdict;
  }

  attributes(attributes: Attributes): Attributes {
    return this.#map(attributes, depthMax);
  }

  #map(attributes: Attributes, depth: number): Attributes {
    let changed: Record<string, AttributeValue> | undefined;
    for (const [key, value] of Object.entries(attributes)) {
      const next = this.#allow.has(key) ? value : this.#attribute(key, value, depth);
      if (next === value) continue;
      changed ??= { ...attributes };
      changed[key] = next;
    }
    return changed ?? attributes;
  }

  #attribute(key: string, value: AttributeValue, depth: number): AttributeValue {
    // Counts of tokens are numbers, and no secrets.
    const holds = typeof value === "object" ? value !== null : typeof value === "string";
    if (holds && this.#isSecretKey(key)) {
      if (value === "" || value === marker("key")) return value;
      this.#count("key");
      return marker("key");
    }
    return this.#value(value, depth);
  }

  #value(value: AttributeValue, depth: number): AttributeValue {
    if (typeof value === "string") return this.text(value);
    if (depth === 0 || typeof value !== "object" || value === null) return value;
    if (value instanceof Uint8Array) return value;
    if (!Array.isArray(value)) return this.#map(value as Attributes, depth - 1);
    const each = (value as readonly AttributeValue[]).map((one) => this.#value(one, depth - 1));
    return each.every((one, at) => one === value[at]) ? value : each;
  }

  counts(): Readonly<Record<string, number>> {
    return { ...this.#counts };
  }
}

function includes(batch: Uint8Array | string, word: string): boolean {
  if (typeof batch === "string") return batch.includes(word);
  return Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength).includes(word);
}

/**
 * A redactor.
 * @throws MOR_LOGS_REDACTION for a rule that is not valid
 * @example makeRedactor().text("login by ann@example.com") // "login by [redacted:email]"
 */
export function makeRedactor(options: RedactionOptions = {}): Redactor {
  return new RuleRedactor(options);
}

import { RE2JS } from "re2js";
import { everything, mainText } from "../../signals/filter.ts";
import type { Filter } from "../../signals/filter.ts";
import type { Signal } from "../../signals/records.ts";
import { Cursor, space } from "./cursor.ts";
import type { Written } from "./cursor.ts";
import {
  builtIn,
  enumValue,
  exactNumber,
  isFieldName,
  joined,
  nearest,
  numberOf,
  queryCharsMax,
  queryDepthMax,
  queryTermsMax,
  regexCharsMax,
} from "./terms.ts";

type Comparison = "lt" | "lte" | "gt" | "gte";
type Operator = "is" | "not" | "regex" | "not-regex" | Comparison;

/** What stands between a field and its value; longer ones first. */
const operators: readonly (readonly [string, Operator])[] = [
  [":>=", "gte"],
  [":<=", "lte"],
  [":!=", "not"],
  [":>", "gt"],
  [":<", "lt"],
  [":~", "regex"],
  ["=~", "regex"],
  ["!~", "not-regex"],
  ["!=", "not"],
  [">=", "gte"],
  ["<=", "lte"],
  [">", "gt"],
  ["<", "lt"],
  [":", "is"],
  ["=", "is"],
];

class Parser extends Cursor {
  readonly #signal: Signal;
  #depth = 0;
  #terms = 0;

  constructor(text: string, signal: Signal) {
    super(text);
    this.#signal = signal;
    if (text.length > queryCharsMax) {
      this.fail(
        `the query has ${text.length} characters, more than ${queryCharsMax}`,
        queryCharsMax,
        text.length,
        "Shorten it, or search for less at once.",
      );
    }
  }

  parse(): Filter {
    this.skip();
    if (this.at >= this.text.length) return everything;
    const filter = this.#or();
    if (this.at < this.text.length) {
      this.fail(
        "this parenthesis closes nothing",
        this.at,
        this.at + 1,
        'Remove it, or put it in quotes: ")".',
      );
    }
    return filter;
  }

  #or(): Filter {
    const parts = [this.#and()];
    for (let from = this.at; this.keyword("OR"); from = this.at) {
      this.expectTerm("OR", from);
      parts.push(this.#and());
    }
    return joined("or", parts);
  }

  #and(): Filter {
    const parts = [this.#unary()];
    for (;;) {
      const from = this.at;
      if (this.keyword("AND")) this.expectTerm("AND", from);
      else if (this.ends() || this.#peekOr()) break;
      parts.push(this.#unary());
    }
    return joined("and", parts);
  }

  #peekOr(): boolean {
    const from = this.at;
    const is = this.keyword("OR");
    this.at = from;
    return is;
  }

  #deeper<T>(from: number, run: () => T): T {
    if (++this.#depth > queryDepthMax) {
      this.fail(
        `more than ${queryDepthMax} parentheses and negations inside each other`,
        from,
        from + 1,
        "Write it flatter.",
      );
    }
    const result = run();
    this.#depth--;
    return result;
  }

  #unary(): Filter {
    const from = this.at;
    if (this.keyword("NOT")) {
      this.expectTerm("NOT", from);
      return this.#deeper(from, () => ({ op: "not", of: this.#unary() }));
    }
    for (const word of ["AND", "OR"]) {
      if (!this.keyword(word)) continue;
      const fix = `Write a term before ${word}, or put it in quotes: "${word}".`;
      this.fail(`${word} has nothing before it`, from, from + word.length, fix);
    }
    const next = this.text.charAt(from + 1);
    if (this.text.charAt(from) === "-" && next !== "" && next !== ")" && !space.test(next)) {
      this.at++;
      return this.#deeper(from, () => ({ op: "not", of: this.#unary() }));
    }
    return this.#primary();
  }

  #primary(): Filter {
    const from = this.at;
    if (this.text.charAt(from) === "(") {
      this.at++;
      this.skip();
      if (this.ends()) {
        const fix = 'Put terms into them, or quotes around them: "()".';
        this.fail("these parentheses hold nothing", from, this.at + 1, fix);
      }
      const inside = this.#deeper(from, () => this.#or());
      this.#close(from);
      return inside;
    }
    if (++this.#terms > queryTermsMax) {
      this.fail(`more than ${queryTermsMax} terms`, from, from + 1, "Ask for less at once.");
    }
    const term = this.#term();
    this.skip();
    return term;
  }

  #close(open: number): void {
    if (this.text.charAt(this.at) !== ")") {
      this.fail("this parenthesis is not closed", open, open + 1, "Write ) at its end.");
    }
    this.at++;
    this.skip();
  }

  #term(): Filter {
    const from = this.at;
    const field = this.#field();
    if (field !== undefined) return this.#fieldTerm(field, from);
    this.at = from;
    const written = this.#value(true);
    const main = mainText[this.#signal];
    if (written.glob.includes("\u0000")) {
      const pattern = this.#pattern(written).replace(/^\**/, "*").replace(/\**$/, "*");
      return pattern === "*" ? { op: "exists", field: main } : { op: "like", field: main, pattern };
    }
    return { op: "text", text: written.text };
  }

  /** A field with the operator behind it; undefined if no such thing stands here. */
  #field(): { readonly name: string; readonly operator: Operator } | undefined {
    let name: string;
    if (this.text.charAt(this.at) === '"') {
      const written = this.quoted(false);
      name = written.text;
      if (name === "") return undefined;
    } else {
      let end = this.at;
      for (; end < this.text.length; end++) {
        const char = this.text.charAt(end);
        if (space.test(char) || '():=<>"'.includes(char)) break;
        if (char === "!" && "=~".includes(this.text.charAt(end + 1) || " ")) break;
      }
      name = this.text.slice(this.at, end);
      if (!isFieldName(name)) return undefined;
      this.at = end;
    }
    let spaced = false;
    const after = this.at;
    if (/^\s+(?:[<>]=?|!=|=)/u.test(this.text.slice(after, after + 16))) {
      this.skip();
      spaced = true;
    }
    const found = operators.find(([mark]) => this.text.startsWith(mark, this.at));
    if (found === undefined) return undefined;
    const behind = this.at + found[0].length;
    // An address is text: http://host is no field.
    if (found[0] === ":" && this.text.startsWith("//", behind)) return undefined;
    this.at = behind;
    if (spaced) this.skip();
    return { name, operator: found[1] };
  }

  #fieldTerm(field: { name: string; operator: Operator }, from: number): Filter {
    const { name, operator } = field;
    const char = this.text.charAt(this.at);
    if (char === "" || char === ")" || space.test(char)) {
      const head = this.text.slice(from, this.at);
      const fix = `Write a value right behind it, or ${name}:* for any value.`;
      this.fail(`${head} has no value`, from, this.at, fix);
    }
    if (operator === "regex" || operator === "not-regex") {
      const regex = this.#regex(name);
      return operator === "regex" ? regex : { op: "not", of: regex };
    }
    if (char === "(" && (operator === "is" || operator === "not")) {
      const list = this.#list(name);
      return operator === "is" ? list : { op: "not", of: list };
    }
    const written = this.#value(false);
    if (operator === "is" || operator === "not") return this.#equal(name, operator, written);
    return { op: operator, field: name, value: this.#bound(name, written) };
  }

  #regex(field: string): Filter {
    const from = this.at;
    const { text: pattern, end } =
      this.text.charAt(from) === '"' ? this.quoted(true) : this.bare(false);
    if (pattern.length > regexCharsMax) {
      const fix = "Shorten it.";
      this.fail(`the expression is longer than ${regexCharsMax} characters`, from, end, fix);
    }
    try {
      RE2JS.compile(pattern);
    } catch (cause) {
      const fix = "Correct it; RE2 knows no look-around and no back-references.";
      this.fail(`the expression cannot be read: ${(cause as Error).message}`, from, end, fix);
    }
    return { op: "regex", field, pattern };
  }

  #list(field: string): Filter {
    const open = this.at++;
    const parts: Filter[] = [];
    this.skip();
    while (!this.ends()) {
      const from = this.at;
      if (parts.length > 0 && !this.keyword("OR")) {
        const fix = `Write OR between the values: ${field}:(a OR b).`;
        this.fail("only OR may stand between values", from, from + 1, fix);
      }
      if (this.ends()) this.expectTerm("OR", from);
      if (++this.#terms > queryTermsMax) {
        this.fail(`more than ${queryTermsMax} terms`, from, from + 1, "Ask for less at once.");
      }
      parts.push(this.#equal(field, "is", this.#value(false)));
      this.skip();
    }
    if (parts.length === 0) {
      const fix = `Write a value into them, or ${field}:* for any value.`;
      this.fail("these parentheses hold no value", open, this.at + 1, fix);
    }
    this.#close(open);
    const values = parts.flatMap((part) => (part.op === "eq" ? [part.value] : []));
    if (values.length < parts.length || parts.length === 1) return joined("or", parts);
    return { op: "in", field, values };
  }

  /** `field:value`. */
  #equal(field: string, operator: "is" | "not", written: Written): Filter {
    const negate = (filter: Filter): Filter =>
      operator === "is" ? filter : { op: "not", of: filter };
    const known = builtIn(this.#signal, field);
    if (!written.quoted) {
      if (written.glob === "\u0000") return negate({ op: "exists", field });
      if (field === "exists" || field === "missing") {
        const exists: Filter = { op: "exists", field: written.text };
        return negate(field === "exists" ? exists : { op: "not", of: exists });
      }
      if (written.glob.includes("\u0000")) {
        return negate({ op: "like", field, pattern: this.#pattern(written) });
      }
      const range = this.#range(field, written);
      if (range !== undefined) return negate(range);
    }
    const colon = this.text.charAt(written.at - 1) !== "=";
    if (colon && field === mainText[this.#signal]) {
      return negate({ op: "text", text: written.text });
    }
    let value: string | number = written.text;
    if (known?.type === "enum") value = this.#enum(field, written);
    else if (known?.type === "id") value = written.text.toLowerCase();
    else if (known?.type === "number" || known?.type === "duration") {
      value = this.#number(field, written);
    } else if (known === undefined && !written.quoted) {
      value = exactNumber(written.text) ?? written.text;
    }
    return { op: operator === "is" ? "eq" : "ne", field, value };
  }

  #enum(field: string, written: Written): string {
    const known = builtIn(this.#signal, field);
    const value = known === undefined ? undefined : enumValue(known, written.text);
    if (value !== undefined) return value;
    const values = known?.values ?? [];
    const meant = nearest(written.text, values);
    const question = meant === undefined ? "" : `Did you mean ${meant}? `;
    const fix = `${question}It is one of ${values.join(", ")}.`;
    return this.fail(`${field} is never ${written.text}`, written.at, written.end, fix);
  }

  #number(field: string, written: Written): number {
    const number = numberOf(written.text);
    if (number !== undefined) return number;
    const duration = builtIn(this.#signal, field)?.type === "duration";
    const fix = duration ? "Write 250ms, 1.5s or 2m." : "Write a number: 500.";
    const what = duration ? "duration" : "number";
    return this.fail(`${written.text} is no ${what}`, written.at, written.end, fix);
  }

  /** The value behind `>=` and the like. */
  #bound(field: string, written: Written): string | number {
    const known = builtIn(this.#signal, field);
    if (known?.type === "enum") return this.#enum(field, written);
    if (known?.type === "number" || known?.type === "duration") {
      return this.#number(field, written);
    }
    return written.quoted ? written.text : (numberOf(written.text) ?? written.text);
  }

  /** `500..599`, `500..`, `..599`. */
  #range(field: string, written: Written): Filter | undefined {
    const dots = written.text.indexOf("..");
    if (dots < 0 || written.text.length === 2) return undefined;
    const parts = [written.text.slice(0, dots), written.text.slice(dots + 2)];
    const [low, high] = parts.map((part) => (part === "" ? undefined : numberOf(part)));
    if (parts.some((part, at) => part !== "" && [low, high][at] === undefined)) return undefined;
    const bounds: Filter[] = [];
    if (low !== undefined) bounds.push({ op: "gte", field, value: low });
    if (high !== undefined) bounds.push({ op: "lte", field, value: high });
    return joined("and", bounds);
  }

  #pattern({ text, glob, at, end }: Written): string {
    if (glob.replaceAll("\u0000", "").includes("*")) {
      const fix = 'Write a regular expression: field:~"a\\*b.*".';
      this.fail("a wildcard and a star that is none cannot stand together", at, end, fix);
    }
    return text;
  }

  #value(isText: boolean): Written {
    if (this.text.charAt(this.at) === '"') return this.quoted(false);
    return this.bare(isText);
  }
}

/**
 * Reads a query.
 * @throws MOR_LOGS_QUERY with what is wrong, `details.at` and `details.end` (characters from 0),
 * and in `fix` what to write instead
 * @example parseQuery('level:error service:payments "card declined" duration>250ms', "logs")
 */
export function parseQuery(text: string, signal: Signal = "logs"): Filter {
  return new Parser(text, signal).parse();
}

import type { MessageKey } from "../../i18n/messages.ts";

/** The first place at which a text stops being JSON, in words. */
export interface Fault {
  /** In UTF-16 units from the start. */
  readonly at: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly key: MessageKey;
}

interface Broken {
  readonly at: number;
  readonly key: MessageKey;
}

const broken = (at: number, key: MessageKey): Broken => ({ at, key });
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /[\w.+-]+/y;
const blank = /[ \t\n\r]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const plain = /[^"\\\u0000-\u001f]+/y;

/** Where what the sticky pattern finds at a place ends; the place itself if it finds nothing. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function stringEnd(text: string, from: number): number | Broken {
  let at = from + 1;
  for (;;) {
    at = after(plain, text, at);
    if (text[at] === '"') return at + 1;
    if (at >= text.length) return broken(from, "viewer.fault.open");
    if (text[at] !== "\\") return broken(at, "viewer.fault.control");
    const next = after(escape, text, at);
    if (next === at) return broken(at, "viewer.fault.escape");
    at = next;
  }
}

function scalarEnd(text: string, from: number): number | Broken {
  if (text[from] === '"') return stringEnd(text, from);
  const end = after(word, text, from);
  if (end === from) return broken(from, "viewer.fault.value");
  const found = text.slice(from, end);
  if (found === "true" || found === "false" || found === "null") return end;
  if (after(number, text, from) === end) return end;
  return broken(from, /^[-+.\d]/.test(found) ? "viewer.fault.number" : "viewer.fault.word");
}

type Step = "value" | "first" | "name" | "after";

/** A text, how far it is read and what is open in it. */
class Reader {
  readonly open: ("{" | "[")[] = [];
  at = 0;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** A value or the start of one; `first` may also be the end of an empty array. */
  value(step: "value" | "first"): Step | Broken {
    const sign = this.text[this.at];
    if (sign === "{" || sign === "[") {
      this.open.push(sign);
      this.at++;
      if (sign === "[") return "first";
      this.at = after(blank, this.text, this.at);
      return this.text[this.at] === "}" ? "after" : "name";
    }
    if (sign === "]" && step === "first") return "after";
    if (sign === "]" && this.open.at(-1) === "[") return broken(this.at, "viewer.fault.comma");
    const end = scalarEnd(this.text, this.at);
    if (typeof end !== "number") return end;
    this.at = end;
    return "after";
  }

  name(): Step | Broken {
    const sign = this.text[this.at];
    if (sign === "}") return broken(this.at, "viewer.fault.comma");
    if (sign !== '"') return broken(this.at, "viewer.fault.name");
    const end = stringEnd(this.text, this.at);
    if (typeof end !== "number") return end;
    this.at = after(blank, this.text, end);
    if (this.at >= this.text.length) return broken(this.at, "viewer.fault.end");
    if (this.text[this.at] !== ":") return broken(this.at, "viewer.fault.colon");
    this.at++;
    return "value";
  }

  /** What comes behind a value: a comma, or the end of what holds it. */
  after(): Step | Broken {
    const holder = this.open.at(-1);
    const sign = this.text[this.at];
    if (holder === undefined) return broken(this.at, "viewer.fault.rest");
    this.at++;
    if (sign === ",") return holder === "{" ? "name" : "value";
    if (sign === (holder === "{" ? "}" : "]")) {
      this.open.pop();
      return "after";
    }
    return broken(this.at - 1, holder === "{" ? "viewer.fault.inObject" : "viewer.fault.inArray");
  }
}

function firstBroken(text: string): Broken | undefined {
  const reader = new Reader(text);
  let step: Step = "value";
  for (;;) {
    reader.at = after(blank, text, reader.at);
    if (reader.at >= text.length) {
      const isWhole = step === "after" && reader.open.length === 0;
      return isWhole ? undefined : broken(reader.at, "viewer.fault.end");
    }
    const next: Step | Broken =
      step === "after" ? reader.after() : step === "name" ? reader.name() : reader.value(step);
    if (typeof next !== "string") return next;
    step = next;
  }
}

/** The first fault of a text that should be JSON; undefined when it is. */
export function faultOf(text: string): Fault | undefined {
  const found = firstBroken(text);
  if (found === undefined) return undefined;
  const before = text.slice(0, found.at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    ...found,
    line: before.split("\n").length,
    column: Array.from(before.slice(lineStart)).length + 1,
  };
}

/**
 * The first number of a JSON text that a double does not hold: parsed and written again it would
 * be another.
 */
export function inexactNumber(text: string): string | undefined {
  const strings = /"[^"\\]*(?:\\.[^"\\]*)*"|(-?\d[\d.eE+-]*)/g;
  for (const [, digits] of text.matchAll(strings)) {
    if (digits !== undefined && !isExact(digits)) return digits;
  }
  return undefined;
}

/** The digits that matter and the power of ten: 1200 and 1.2e3 are the same. */
function normal(digits: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(digits) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const short = all.replace(/0+$/, "");
  const power = Number(exponent) - fraction.length + all.length - short.length;
  return short === "" ? "0" : `${sign}${short}e${power}`;
}

const isExact = (digits: string): boolean => normal(digits) === normal(String(Number(digits)));

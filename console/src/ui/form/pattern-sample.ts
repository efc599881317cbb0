import { patternOf } from "./schema.ts";

/** What a class of characters may hold, if not its own first one. */
const common = Array.from("a1A-_ .~é");

/** Reads a pattern from left to right and writes the shortest plain text that it could match. */
class Writer {
  private at = 0;
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  /** The first of the alternatives; the others are read over. */
  alternatives(): string {
    const first = this.sequence();
    while (this.pattern[this.at] === "|") {
      this.at++;
      this.sequence();
    }
    return first;
  }

  private sequence(): string {
    let written = "";
    while (this.at < this.pattern.length && !"|)".includes(this.pattern[this.at] ?? "")) {
      const one = this.atom();
      written += one.repeat(this.times());
    }
    return written;
  }

  private atom(): string {
    const sign = this.pattern[this.at++] ?? "";
    if (sign === "^" || sign === "$") return "";
    if (sign === ".") return "a";
    if (sign === "\\") return this.escaped();
    if (sign === "[") return this.oneOfClass();
    if (sign !== "(") return sign;
    const ahead = /^\?(<?[=!])/.exec(this.pattern.slice(this.at));
    const named = /^\?(?::|<\w+>)/.exec(this.pattern.slice(this.at));
    this.at += (ahead ?? named)?.[0].length ?? 0;
    const inner = this.alternatives();
    this.at++;
    return ahead === null ? inner : "";
  }

  private escaped(): string {
    const sign = this.pattern[this.at++] ?? "";
    if (sign === "d") return "1";
    if (sign === "w" || sign === "S" || sign === "D") return "a";
    if (sign === "s") return " ";
    return sign === "b" || sign === "B" ? "" : sign;
  }

  private oneOfClass(): string {
    const start = this.at - 1;
    let first: string | undefined;
    while (this.at < this.pattern.length && this.pattern[this.at] !== "]") {
      const sign = this.pattern[this.at++] ?? "";
      const one = sign === "\\" ? this.escaped() : sign;
      first ??= one;
    }
    const found = patternOf(this.pattern.slice(start, ++this.at));
    return [first ?? "", ...common].find((one) => found?.test(one)) ?? "";
  }

  /** How often, at least, what was just written has to come. */
  private times(): number {
    const [found = "", counted] =
      /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.pattern.slice(this.at)) ?? [];
    this.at += found.length;
    if (counted !== undefined) return Math.min(Number(counted), 1000);
    return found.startsWith("*") || found.startsWith("?") ? 0 : 1;
  }
}

/** A text that matches a pattern; undefined for patterns that it does not see through. */
export function textMatching(pattern: string): string | undefined {
  const written = new Writer(pattern).alternatives();
  return patternOf(pattern)?.test(written) === true ? written : undefined;
}

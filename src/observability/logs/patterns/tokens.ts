import {
  calendar,
  literals,
  messageKeys,
  methods,
  technicalWords,
  topLevels,
  units,
} from "./words.ts";

/** What stands for a value in a template. */
export const wildcard = "<*>";
/** The same behind white space. */
export const spacedWildcard = " <*>";

/** Whether a token stands for a value. */
export const isWildcard = (token: string): boolean =>
  token === wildcard || token === spacedWildcard;

/** Characters of a line that are read; what is longer than that does not tell templates apart. */
export const lineCharsMax = 4096;
/** Tokens of a line that are kept; the rest is one wildcard. */
export const tokensMax = 192;

const kinds = { word: 0, space: 1, mark: 2, digit: 3, cjk: 4 } as const;
const ascii: Uint8Array = new Uint8Array(128).fill(kinds.word);
for (let code = 0; code <= 32; code++) ascii[code] = kinds.space;
for (const mark of "=:,;()[]{}<>|\"'") ascii[mark.charCodeAt(0)] = kinds.mark;
for (let code = 48; code < 58; code++) ascii[code] = kinds.digit;

/** Scripts without spaces: a character is a token. Their punctuation is a mark like any other. */
function classOf(code: number): number {
  if (code < 128) return ascii[code] as number;
  if (code === 0xa0 || code === 0x3000) return kinds.space;
  if (code < 0x2e80) return kinds.word;
  if ((code >= 0x3001 && code <= 0x3020) || (code >= 0xff01 && code <= 0xff0f)) return kinds.mark;
  if (code === 0xff1a || code === 0xff1b || code === 0xff1f) return kinds.mark;
  if (code <= 0x9fff || (code >= 0xac00 && code <= 0xd7af)) return kinds.cjk;
  return code >= 0xf900 && code <= 0xfaff ? kinds.cjk : kinds.word;
}

const isHexCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
const isLetterCode = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 128 && code < 0x2e80);

/** Marks that join the parts of one value, or the items of a list. */
export const joins: ReadonlySet<string> = new Set([
  ":",
  ",",
  "-",
  "/",
  ".",
  "|",
  ";",
  "::",
  "##",
  "–",
  "、",
  "，",
]);

const hexLetters = /^[a-fA-F]{8,}$/;
const exceptionName = /\.\w*(?:Exception|Error)$/;
const sentenceEnd = /[.!?…]+$/;

/**
 * Cuts a line into tokens in which whatever is a value by its form (numbers, identifiers, paths,
 * addresses, times, quoted names ...) is a wildcard. A token begins with a space if white space
 * stood before it, so that the tokens joined are the template.
 */
export class LineScanner {
  #line = "";
  #end = 0;
  #at = 0;
  #spaced = false;
  /** Whether the token before is a number, so that a unit may follow. */
  #number = false;
  #out: string[] = [];
  /** Where a quoted part ends in which words count; 0 if none. */
  #quoteEnd = 0;

  /** The tokens of `line`, masked. */
  scan(line: string): string[] {
    this.#line = line;
    this.#end = Math.min(line.length, lineCharsMax);
    this.#at = 0;
    this.#quoteEnd = 0;
    this.#spaced = false;
    this.#number = false;
    const out: string[] = (this.#out = []);
    while (this.#at < this.#end) {
      const code = line.charCodeAt(this.#at);
      const kind = classOf(code);
      if (kind === kinds.space) {
        this.#spaced = true;
        this.#at++;
      } else if (kind === kinds.mark) this.#mark(code);
      else if (kind === kinds.cjk) {
        this.#push(line.charAt(this.#at++));
      } else this.#run();
      if (out.length >= tokensMax) {
        this.#value();
        break;
      }
    }
    return out;
  }

  #push(token: string): void {
    this.#out.push(this.#spaced && this.#out.length > 0 ? ` ${token}` : token);
    this.#spaced = false;
    this.#number = false;
  }

  /** Adds a wildcard; wildcards that only a joining mark parts become one. */
  #value(): void {
    const { length } = this.#out;
    let last = length === 0 ? "" : (this.#out[length - 1] as string);
    if (length > 1 && isWildcard(this.#out[length - 2] as string) && joins.has(last.trimStart())) {
      this.#out.pop();
      last = this.#out[length - 2] as string;
    }
    if (isWildcard(last)) {
      this.#spaced = false;
      return;
    }
    if (length > 0 && calendar.has(last.trimStart())) {
      this.#out[length - 1] = last.startsWith(" ") ? spacedWildcard : wildcard;
      this.#spaced = false;
      this.#mergeBack();
      return;
    }
    this.#push(wildcard);
  }

  /** After a date's word became a wildcard: merges it with what stands before. */
  #mergeBack(): void {
    const out = this.#out;
    while (out.length > 1) {
      const before = out[out.length - 2] as string;
      const spaced = before.startsWith(" ");
      if (!isWildcard(before) && !calendar.has(before.trimStart())) return;
      out.pop();
      out[out.length - 1] = spaced ? spacedWildcard : wildcard;
    }
  }

  #mark(code: number): void {
    const line = this.#line;
    const at = this.#at;
    if ((code === 34 || code === 39) && at !== this.#quoteEnd && this.#quoted(code)) return;
    const next = at + 1 < this.#end ? line.charCodeAt(at + 1) : 32;
    // "<1 sec" is a value like "00:01".
    if ((code === 60 || code === 62) && classOf(next) === kinds.digit && this.#comparison()) return;
    const mark = line.charAt(at);
    const { length } = this.#out;
    const last = length === 0 ? "" : (this.#out[length - 1] as string);
    this.#at++;
    if (!this.#spaced && length > 0 && classOf(last.charCodeAt(last.length - 1)) === kinds.mark) {
      // A run of marks is one token; a wildcard ends with ">" and is none.
      if (!isWildcard(last)) {
        this.#out[length - 1] = last + mark;
        this.#number = false;
        if (code === 61) this.#assigned(last);
        return;
      }
    }
    const glued = !this.#spaced;
    this.#push(mark);
    if (code === 61 && glued) this.#assigned(last);
  }

  #comparison(): boolean {
    let at = this.#at + 1;
    while (at < this.#end && classOf(this.#line.charCodeAt(at)) === kinds.digit) at++;
    if (this.#line.charCodeAt(at) === 62) return false;
    this.#at++;
    return true;
  }

  /** Behind `key=`: the value is a value whatever it looks like, also an empty one. */
  #assigned(key: string): void {
    const line = this.#line;
    const start = this.#at;
    if (!isLetterCode(key.charCodeAt(key.length - 1)) && !/\w$/.test(key)) return;
    const code = start < this.#end ? line.charCodeAt(start) : 32;
    const kind = classOf(code);
    if (kind === kinds.space || code === 44 || code === 41 || code === 93) {
      this.#value();
      return;
    }
    if (messageKeys.has(key.trimStart())) return;
    if (kind !== kinds.word || code === 47) return;
    let at = start;
    while (at < this.#end && classOf(line.charCodeAt(at)) === kinds.word) at++;
    const stop = at < this.#end ? line.charCodeAt(at) : 32;
    const stopped = classOf(stop);
    // Only whole words: WorkSource{12} and 12.5ms are for the run to judge.
    if (stopped === kinds.digit || stop === 123 || stop === 40 || stop === 91) return;
    this.#at = at;
    this.#value();
  }

  /** A quoted part: a wildcard, unless its words are the message. */
  #quoted(code: number): boolean {
    const line = this.#line;
    const start = this.#at;
    const before = start === 0 ? 32 : line.charCodeAt(start - 1);
    const opens = classOf(before) === kinds.space || classOf(before) === kinds.mark;
    if (!opens) return false;
    const close = line.indexOf(line.charAt(start), start + 1);
    if (close < 0 || close >= this.#end || close - start > 1024) return false;
    const after = close + 1 < this.#end ? line.charCodeAt(close + 1) : 32;
    const kindAfter = classOf(after);
    if (code === 39 && (kindAfter === kinds.word || kindAfter === kinds.digit)) return false;
    const space = line.indexOf(" ", start);
    const key = this.#out.length > 1 ? (this.#out[this.#out.length - 2] as string) : "";
    const wordsCount =
      space >= 0 &&
      space < close &&
      (methods.has(line.slice(start + 1, space)) ||
        (before === 61 && messageKeys.has(key.trimStart())) ||
        close - start > this.#end * 0.6);
    if (wordsCount || close === start + 1) {
      this.#quoteEnd = close;
      return false;
    }
    const quote = line.charAt(start);
    this.#at = close + 1;
    this.#push(quote);
    this.#value();
    this.#push(quote);
    return true;
  }

  /** One run of characters that are neither space nor mark. */
  #run(): void {
    const line = this.#line;
    const start = this.#at;
    let digit = false;
    let slashes = 0;
    let at = start;
    for (; at < this.#end; at++) {
      const code = line.charCodeAt(at);
      if (code < 128) {
        const kind = ascii[code] as number;
        if (kind === kinds.digit) digit = true;
        else if (kind !== kinds.word) break;
        else if (code === 47) slashes++;
      } else if (classOf(code) !== kinds.word) break;
    }
    if (at < this.#end && line.charCodeAt(at) === 58) {
      const whole = this.#overColon(start, at);
      if (whole > 0) {
        this.#at = whole;
        this.#value();
        return;
      }
    }
    if (slashes > 0 && this.#path(start, at, slashes)) return;
    this.#at = at;
    this.#word(line.slice(start, at), digit);
  }

  /** Values with a colon inside: URLs, drive letters, MAC and IPv6 addresses. 0 if it is none. */
  #overColon(start: number, colon: number): number {
    const line = this.#line;
    const next = line.charCodeAt(colon + 1);
    if (next === 47 && line.charCodeAt(colon + 2) === 47) return this.#stop(colon + 3);
    if (next === 92 && colon === start + 1) return this.#stop(colon + 2);
    if (colon - start > 4 || !(isHexCode(next) || next === 58)) return 0;
    let colons = 0;
    let at = start;
    for (; at < this.#end; at++) {
      const code = line.charCodeAt(at);
      if (code === 58) colons++;
      else if (!isHexCode(code)) break;
    }
    if (colons < 2 || (at < this.#end && isLetterCode(line.charCodeAt(at)))) return 0;
    while (line.charCodeAt(at - 1) === 58 && line.charCodeAt(at - 2) !== 58) at--;
    return at;
  }

  /** Where a value that may hold marks ends. */
  #stop(from: number): number {
    const line = this.#line;
    let at = from;
    for (; at < this.#end; at++) {
      const code = line.charCodeAt(at);
      if (classOf(code) === kinds.space || code === 34 || code === 39 || code === 62) break;
      if (code === 41 || code === 93 || code === 125 || code === 44 || code === 59) break;
      if (code === 58 && classOf(line.charCodeAt(at + 1)) === kinds.space) break;
      if (code === 58 && at + 1 >= this.#end) break;
    }
    while (at > from && line.charCodeAt(at - 1) === 46) at--;
    return at;
  }

  #path(start: number, end: number, slashes: number): boolean {
    const first = this.#line.charCodeAt(start);
    const rooted = first === 47 || first === 126 || (first === 46 && slashes > 0);
    if (!rooted && slashes < 2) return false;
    this.#at = this.#stop(Math.min(end, start + 1));
    if (this.#at <= start) this.#at = end;
    this.#value();
    return true;
  }

  #word(run: string, digit: boolean): void {
    if (digit && run.includes("...")) {
      const dots = run.indexOf("...");
      if (dots > 0) this.#word(run.slice(0, dots), /\d/.test(run.slice(0, dots)));
      this.#push("...");
      this.#value();
      return;
    }
    let word = run;
    let tail = "";
    const lastCode = run.charCodeAt(run.length - 1);
    if (run.length > 1 && (lastCode === 46 || lastCode === 33 || lastCode === 63)) {
      tail = sentenceEnd.exec(run)?.[0] ?? "";
      word = run.slice(0, run.length - tail.length);
      if (word === "") {
        this.#push(tail);
        return;
      }
    }
    if (this.#number && this.#spaced && units.has(word)) this.#spaced = false;
    else if (isValue(word, digit)) {
      this.#value();
      this.#number = digit && ascii[word.charCodeAt(word.length - 1)] === kinds.digit;
    } else if (calendar.has(word) && isWildcard(this.#out[this.#out.length - 1] ?? "")) {
      this.#spaced = false;
    } else {
      this.#push(word);
      if (word.length > 8 && exceptionName.test(word)) this.#exceptionTail();
    }
    if (tail !== "") this.#push(tail);
  }

  /** What an exception says is a value, where a sentence stands before it. */
  #exceptionTail(): void {
    const line = this.#line;
    if (this.#out.length < 3 || line.charCodeAt(this.#at) !== 58) return;
    if (classOf(line.charCodeAt(this.#at + 1)) !== kinds.space) return;
    this.#at++;
    this.#push(":");
    this.#spaced = true;
    this.#value();
    this.#at = this.#end;
  }
}

/** Whether a word is a value by its form alone. */
function isValue(word: string, digit: boolean): boolean {
  if (digit) return !technicalWords.has(word);
  const { length } = word;
  if (length < 4) return false;
  if (length <= 9 && literals.has(word)) return true;
  if (length >= 8 && hexLetters.test(word)) return true;
  const sign = word.indexOf("@");
  if (sign > 0 && sign < length - 1) return true;
  const dot = word.lastIndexOf(".");
  if (dot <= 1 || dot > length - 3) return false;
  return topLevels.has(word.slice(dot + 1)) && !word.startsWith("java.");
}

import { queryErrors } from "./errors.ts";

/** White space of any script. */
export const space: RegExp = /\s/u;

/** A value as written: its text, whether it was in quotes, and where stars stand that are wild. */
export interface Written {
  readonly text: string;
  readonly quoted: boolean;
  /** The text with a zero character for each star that stands for anything. */
  readonly glob: string;
  readonly at: number;
  readonly end: number;
}

/** A place in the text of a query, and what can be read from there. */
export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  fail(message: string, at: number, end: number, fix: string): never {
    throw queryErrors.MOR_LOGS_QUERY(`${message} (character ${at + 1})`, {
      fix,
      details: { at, end },
    });
  }

  skip(): void {
    while (this.at < this.text.length && space.test(this.text.charAt(this.at))) this.at++;
  }

  /** Takes a keyword that stands alone. */
  keyword(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    const next = this.text.charAt(this.at + word.length);
    if (next !== "" && next !== "(" && next !== ")" && !space.test(next)) return false;
    this.at += word.length;
    this.skip();
    return true;
  }

  ends(): boolean {
    return this.at >= this.text.length || this.text.charAt(this.at) === ")";
  }

  expectTerm(word: string, from: number): void {
    if (!this.ends()) return;
    const fix = `Write a term behind ${word}, remove it, or put it in quotes: "${word}".`;
    this.fail(`${word} stands at the end`, from, from + word.length, fix);
  }

  /** A word up to white space or a parenthesis that closes what stands around it. */
  bare(isText: boolean): Written {
    const at = this.at;
    let text = "";
    let glob = "";
    let open = 0;
    for (; this.at < this.text.length; this.at++) {
      let char = this.text.charAt(this.at);
      if (space.test(char) || (char === ")" && open === 0)) break;
      if (char === "(") open++;
      else if (char === ")") open--;
      let wild = char === "*";
      if (char === "\\" && this.at + 1 < this.text.length) {
        char = this.text.charAt(++this.at);
        wild = false;
      }
      text += char;
      glob += wild ? "\u0000" : char;
    }
    if (isText && text === "") {
      this.fail("a term is missing", at, at + 1, "Write a word, or field:value.");
    }
    return { text, quoted: false, glob, at, end: this.at };
  }

  /** A text in quotes; a backslash keeps its meaning in expressions, except before a quote. */
  quoted(regex: boolean): Written {
    const at = this.at++;
    let text = "";
    for (; this.at < this.text.length; this.at++) {
      const char = this.text.charAt(this.at);
      if (char === '"') {
        this.at++;
        return { text, quoted: true, glob: text, at, end: this.at };
      }
      const next = this.text.charAt(this.at + 1);
      if (char === "\\" && next !== "") {
        this.at++;
        text += regex && next !== '"' ? char + next : next;
      } else text += char;
    }
    return this.fail("these quotes are not closed", at, at + 1, 'Write " at the end of the text.');
  }
}

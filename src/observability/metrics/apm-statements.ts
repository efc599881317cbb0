/** Characters of a statement that are looked at. */
const lengthMax = 20_000;

const isWord = (character: string): boolean => /[\p{L}\p{N}_$]/u.test(character);

/** Where a quoted run ends: behind the closing quote, doubled quotes and backslashes skipped. */
function quotedEnd(text: string, at: number, backslashes: boolean): number {
  const quote = text[at];
  for (let end = at + 1; end < text.length; end++) {
    const character = text[end];
    if (backslashes && character === "\\") end++;
    else if (character === quote) {
      if (text[end + 1] !== quote) return end + 1;
      end++;
    }
  }
  return text.length;
}

function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith("--", at) || (text[at] === "#" && !/[>-]/.test(text[at + 1] ?? ""))) {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end + 1;
  }
  if (!text.startsWith("/*", at)) return undefined;
  const end = text.indexOf("*/", at + 2);
  return end < 0 ? text.length : end + 2;
}

/** The end of `$tag$ ... $tag$`. */
function dollarEnd(text: string, at: number): number | undefined {
  const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 64))?.[0];
  if (tag === undefined) return undefined;
  const end = text.indexOf(tag, at + tag.length);
  return end < 0 ? text.length : end + tag.length;
}

interface Reading {
  readonly text: string;
  at: number;
  out: string;
}

function literal(reading: Reading): boolean {
  const { text, at } = reading;
  const character = text[at] as string;
  const rest = text.slice(at, at + 80);
  const before = reading.out.at(-1) ?? " ";
  if (character === "'") {
    // E'..' and N'..': the letter belongs to the literal.
    const prefix = /(?:^|[^\w])([eEnNbBxX])$/.exec(reading.out.slice(-2));
    if (prefix !== null) reading.out = reading.out.slice(0, -1);
    reading.at = quotedEnd(text, at, prefix?.[1]?.toLowerCase() === "e");
    reading.out += "?";
    return true;
  }
  if (character === "$") {
    const parameter = /^\$\d+/.exec(rest)?.[0];
    const end = parameter === undefined ? dollarEnd(text, at) : at + parameter.length;
    if (end === undefined || isWord(before)) return false;
    reading.at = end;
    reading.out += "?";
    return true;
  }
  if (/^[:@]\w+/.test(rest) && before !== ":" && !isWord(before)) {
    reading.at = at + (/^[:@]\w+/.exec(rest)?.[0].length ?? 1);
    reading.out += "?";
    return true;
  }
  const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(rest)?.[0];
  if (number === undefined || isWord(before) || before === '"' || before === "`") return false;
  // A name that begins with digits is none in SQL; what follows a number ends it.
  let end = at + number.length;
  while (end < text.length && /\d/.test(text[end] as string)) end++;
  reading.at = end;
  reading.out += "?";
  return true;
}

function step(reading: Reading): void {
  const { text, at } = reading;
  const character = text[at] as string;
  const comment = commentEnd(text, at);
  if (comment !== undefined || /\s/.test(character)) {
    reading.at = comment ?? at + 1;
    if (!reading.out.endsWith(" ")) reading.out += " ";
    return;
  }
  if (character === '"' || character === "`") {
    const end = quotedEnd(text, at, false);
    reading.out += text.slice(at, end);
    reading.at = end;
    return;
  }
  if (literal(reading)) return;
  reading.out += character;
  reading.at++;
}

/**
 * A statement without what differs from call to call: literals and parameters are `?`, lists of
 * them one, comments gone, white space single. What is left holds no personal data and groups
 * calls of the same statement. Linear in its length; SQL of any dialect.
 */
export function normaliseStatement(statement: string): string {
  const reading: Reading = { text: statement.slice(0, lengthMax), at: 0, out: "" };
  while (reading.at < reading.text.length) step(reading);
  return (
    reading.out
      .trim()
      .replace(/;$/, "")
      // A sign before a literal belongs to it where an operand is expected.
      .replaceAll(
        /([(,=<>+*/%-] ?|\b(?:select|where|and|or|limit|values|in|then|else) )-\?/gi,
        "$1?",
      )
      .replaceAll(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, "(?)")
      .replaceAll(/\(\?\)(?:\s*,\s*\(\?\))+/g, "(?)")
      .trim()
  );
}

/** A key of Valkey without its ids: digits, addresses, and long hexadecimal runs. */
export function keyShape(key: string): string {
  return key
    .slice(0, 200)
    .replaceAll(/[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}/g, "?")
    .replaceAll(/(?<![A-Za-z])[0-9a-fA-F]{8,}(?![A-Za-z])/g, "?")
    .replaceAll(/[^:/.{}\s]*@[^:/{}\s]*/g, "?")
    .replaceAll(/\d+/g, "?");
}

/** A command of Valkey without its values: its name, the shape of its key, how many arguments. */
export function normaliseCommand(args: readonly string[]): string {
  const [name = "", key, ...rest] = args;
  if (key === undefined) return name.toUpperCase();
  const more = rest.length === 0 ? "" : ` (${rest.length} more)`;
  return `${name.toUpperCase()} ${keyShape(key)}${more}`;
}

/** Whether a statement names exactly this table. */
export function isOnTable(statement: string, table: string): boolean {
  for (let at = statement.indexOf(table); at >= 0; at = statement.indexOf(table, at + 1)) {
    const [before = " ", after = " "] = [statement[at - 1], statement[at + table.length]];
    if (!isWord(before) && !isWord(after)) return true;
  }
  return false;
}

/** Whether a command works on a key of this set: `set:key`. */
export function isOnSet(command: string, set: string): boolean {
  const [, key = ""] = command.split(" ", 2);
  return key.startsWith(keyShape(`${set}:`));
}

/** What follows a word decides whether it may introduce a secret. */
type Follow = "assigned" | "start" | "any";

interface Literal {
  readonly text: string;
  /** Where in it its two rarest neighbouring pairs begin. */
  readonly at: number;
  readonly follow: Follow;
}

/**
 * Words that every rule but those over digits and `@` needs, each with the place of three letters
 * that are rare in logs.
 */
const literals: readonly Literal[] = [
  { text: "password", at: 3, follow: "assigned" },
  { text: "passwd", at: 3, follow: "assigned" },
  { text: "pwd", at: 0, follow: "assigned" },
  { text: "passphrase", at: 3, follow: "assigned" },
  { text: "secret", at: 1, follow: "assigned" },
  { text: "token", at: 1, follow: "assigned" },
  { text: "apikey", at: 1, follow: "assigned" },
  { text: "api_key", at: 2, follow: "assigned" },
  { text: "api-key", at: 2, follow: "assigned" },
  { text: "accesskey", at: 6, follow: "assigned" },
  { text: "access_key", at: 5, follow: "assigned" },
  { text: "access-key", at: 5, follow: "assigned" },
  { text: "privatekey", at: 6, follow: "assigned" },
  { text: "private_key", at: 6, follow: "assigned" },
  { text: "private-key", at: 6, follow: "assigned" },
  { text: "credential", at: 7, follow: "assigned" },
  { text: "cookie", at: 2, follow: "assigned" },
  { text: "bearer ", at: 0, follow: "any" },
  { text: "basic ", at: 3, follow: "any" },
  { text: "eyJ", at: 0, follow: "start" },
  { text: "AKIA", at: 1, follow: "start" },
  { text: "ASIA", at: 1, follow: "start" },
  { text: "AROA", at: 1, follow: "start" },
  { text: "AIDA", at: 1, follow: "start" },
  { text: "ABIA", at: 1, follow: "start" },
  { text: "ACCA", at: 1, follow: "start" },
  { text: "PRIVATE KEY-----", at: 7, follow: "any" },
  { text: "sk-", at: 0, follow: "start" },
  { text: "k_live_", at: 0, follow: "any" },
  { text: "k_test_", at: 0, follow: "any" },
  { text: "ghp_", at: 1, follow: "start" },
  { text: "gho_", at: 1, follow: "start" },
  { text: "ghu_", at: 1, follow: "start" },
  { text: "ghs_", at: 1, follow: "start" },
  { text: "ghr_", at: 1, follow: "start" },
  { text: "github_pat_", at: 4, follow: "start" },
  { text: "xox", at: 0, follow: "start" },
  { text: "AIza", at: 1, follow: "start" },
  { text: "glpat-", at: 0, follow: "start" },
  { text: "npm_", at: 0, follow: "start" },
  { text: "SG.", at: 0, follow: "start" },
  { text: "whsec_", at: 0, follow: "start" },
];

const none = 0;
const digits = 1;
const sign = 2;
/** A capital and a digit: an account may begin there. */
const account = 3;
/** Classes from here on are lists of literals. */
const firstList = 4;

/** A literal that may stand around a pair. */
interface Candidate {
  readonly bytes: Uint8Array;
  /** How far before the pair it begins. */
  readonly back: number;
  readonly follow: Follow;
  /** Whether its case counts. */
  readonly exact: boolean;
}

interface Tables {
  /** Class of each pair of bytes, first byte times 256 plus second. */
  readonly pairs: Uint8Array;
  /** Of each class the literals, with how far before the pair they begin. */
  readonly lists: readonly (readonly Candidate[])[];
}

const cases = (char: string): readonly string[] => {
  const [low, high] = [char.toLowerCase(), char.toUpperCase()];
  return low === high ? [char] : [low, high];
};

function buildTables(): Tables {
  const pairs = new Uint8Array(256 * 256);
  const byPair = new Map<number, Candidate[]>();
  for (const { text, at, follow } of literals) {
    const exact = follow === "start" || text.startsWith("k_") || text.startsWith("P");
    const bytes = Buffer.from(exact ? text : text.toLowerCase());
    const forms = (offset: number): readonly string[] =>
      exact ? [text.charAt(offset)] : cases(text.charAt(offset));
    // Every second place is looked at, so two neighbouring pairs of each word are needed.
    for (const offset of [at, at + 1]) {
      for (const one of forms(offset)) {
        for (const other of forms(offset + 1)) {
          const pair = one.charCodeAt(0) * 256 + other.charCodeAt(0);
          const list = byPair.get(pair) ?? [];
          list.push({ bytes, back: offset, follow, exact });
          byPair.set(pair, list);
        }
      }
    }
  }
  const lists = [...byPair.values()];
  for (const [index, pair] of [...byPair.keys()].entries()) pairs[pair] = firstList + index;
  for (let code = 0; code < 256; code++) {
    pairs[64 * 256 + code] = sign;
    pairs[code * 256 + 64] = sign;
  }
  for (let one = 65; one < 91; one++) {
    for (let other = 48; other < 58; other++) {
      // A literal has been written there if one has such a pair: it is looked for as well.
      if (pairs[one * 256 + other] === none) pairs[one * 256 + other] = account;
    }
  }
  for (let one = 48; one < 58; one++) {
    for (let other = 48; other < 58; other++) pairs[one * 256 + other] = digits;
  }
  return { pairs, lists };
}

const { pairs, lists }: Tables = buildTables();

const isDigit = (byte: number): boolean => byte >= 48 && byte < 58;
const isWord = (byte: number): boolean =>
  isDigit(byte) || (byte >= 97 && byte < 123) || (byte >= 65 && byte < 91) || byte === 95;

/** Whether a literal stands around the pair at `pair`, in a place where it may matter. */
function stands(bytes: Uint8Array, end: number, pair: number, literal: Candidate): boolean {
  const { bytes: word, back, follow, exact } = literal;
  const from = pair - back;
  if (from < 0 || from + word.length > end) return false;
  for (let at = 0; at < word.length; at++) {
    const byte = bytes[from + at] as number;
    const low = !exact && byte >= 65 && byte < 91 ? byte + 32 : byte;
    if (low !== word[at]) return false;
  }
  if (follow === "any") return true;
  if (follow === "start") return from === 0 || !isWord(bytes[from - 1] as number);
  return assigned(bytes, end, from + word.length);
}

/** Whether what stands at `from`, behind a word, assigns a value to it. */
function assigned(bytes: Uint8Array, end: number, from: number): boolean {
  let at = from;
  const last = Math.min(end, at + 28);
  while (at < last && (isWord(bytes[at] as number) || bytes[at] === 45)) at++;
  for (; at < last; at++) {
    const byte = bytes[at];
    if (byte !== 34 && byte !== 39 && byte !== 92 && byte !== 32 && byte !== 9) break;
  }
  if (at >= last || (bytes[at] !== 61 && bytes[at] !== 58)) return false;
  // A value stands behind it, on the same line.
  for (at++; at < Math.min(end, last + 3); at++) {
    if (bytes[at] !== 32 && bytes[at] !== 9) return (bytes[at] as number) > 32;
  }
  return false;
}

/** Whether digits in groups may be a card or a phone number: four come first. */
function groupsMatter(bytes: Uint8Array, end: number, start: number, first: number): boolean {
  let count = first - start;
  if (count !== 4 && count !== 3) return false;
  for (let at = first; at < end; at++) {
    const byte = bytes[at] as number;
    if (isDigit(byte)) count++;
    else if (byte !== 32 && byte !== 45) break;
  }
  const lead = bytes[start] as number;
  if (lead === 48) return bytes[start + 1] === 57 && count >= 10;
  if (lead === 56) return bytes[start + 1] === 56 && count >= 12;
  return lead >= 50 && lead <= 54 && first - start === 4 && count >= 13;
}

/** The shortest account is Norway's. */
const ibanCharsMin = 15;

/** Whether two capitals and two digits begin a word whose second capital stands at `at`. */
function accountMatters(bytes: Uint8Array, end: number, at: number): boolean {
  if (at === 0 || at + 2 >= end || !isDigit(bytes[at + 2] as number)) return false;
  const one = bytes[at - 1] as number;
  const before = at > 1 ? (bytes[at - 2] as number) : 32;
  if (one < 65 || one > 90 || isWord(before) || before === 45) return false;
  let length = 2;
  for (let next = at + 1; next < end && length < ibanCharsMin; next++) {
    const byte = bytes[next] as number;
    if (isDigit(byte) || (byte >= 65 && byte < 91)) length++;
    else if (byte !== 32) break;
  }
  return length >= ibanCharsMin;
}

/** Whether a letter or two before digits, as ids and accounts have them, make them matter. */
function prefixMatters(bytes: Uint8Array, end: number, start: number, count: number): boolean {
  const after = start + count < end ? (bytes[start + count] as number) : 32;
  const second = start > 1 ? (bytes[start - 2] as number) : 32;
  if (!isWord(second) && second !== 45) return count === 9 && !isWord(after);
  return count >= 2 && accountMatters(bytes, end, start - 1);
}

/** Whether an `@` stands in an address or behind the password of a URL. */
function signMatters(bytes: Uint8Array, end: number, sign: number): boolean {
  if (sign === 0 || (bytes[sign - 1] as number) <= 32) return false;
  let dot = false;
  for (let at = sign + 1; at < end && at < sign + 200; at++) {
    const byte = bytes[at] as number;
    if (dot && ((byte >= 97 && byte < 123) || (byte >= 65 && byte < 91))) return true;
    if (byte !== 45 && byte !== 46 && !isWord(byte)) break;
    dot = byte === 46;
  }
  let password = false;
  for (let at = sign - 1; at > 1 && at > sign - 240; at--) {
    const byte = bytes[at] as number;
    if (byte <= 32) return false;
    if (byte === 47) return password && bytes[at - 1] === 47 && bytes[at - 2] === 58;
    password ||= byte === 58;
  }
  return false;
}

/**
 * Where a run of digits ends that begins around `from`; negative if it may be a card, a phone
 * number, an id or an account.
 */
function digitRun(bytes: Uint8Array, end: number, from: number): number {
  let at = from + 2;
  while (at < end && isDigit(bytes[at] as number)) at++;
  const before = from > 0 ? (bytes[from - 1] as number) : 32;
  const whole = !isDigit(before);
  const start = whole ? from : from - 1;
  const lead = bytes[start] as number;
  const lettered = whole ? before : start > 0 ? (bytes[start - 1] as number) : 32;
  const count = at - start;
  if (lettered >= 65 && lettered < 91) return prefixMatters(bytes, end, start, count) ? -1 : at;
  // Only 0 (a mobile number), 8 (of Taiwan) and 2 to 6 (a card) lead to something.
  if (count === 1 || lead === 49 || lead === 55 || lead === 57) return at;
  const after = at < end ? (bytes[at] as number) : 32;
  const grouped = count === 4 || count === 3;
  if (grouped ? after !== 32 && after !== 45 : count < 10 || count > 19 || isWord(after)) return at;
  if (isWord(lettered) || lettered === 46 || lettered === 45) return at;
  if (grouped) return groupsMatter(bytes, end, start, at) ? -1 : at;
  if (count >= 13 && lead >= 50 && lead <= 54) return -1;
  if (count === 10 && lead === 48 && bytes[start + 1] === 57) return -1;
  return count === 12 && lead === 56 && bytes[start + 1] === 56 ? -1 : at;
}

/**
 * Whether bytes may hold something that a built-in rule finds. Made to say no fast: half of the
 * bytes are looked at, and one table decides about most.
 */
export function scanBytes(bytes: Uint8Array, end: number = bytes.length): boolean {
  const table = pairs;
  const last = end - 1;
  for (let at = 0; at < last; at += 2) {
    const kind = table[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] as number;
    if (kind === none) continue;
    if (kind === digits) {
      const run = digitRun(bytes, end, at);
      if (run < 0) return true;
      // Even places stay even.
      at = Math.max(at, (run & ~1) - 2);
    } else if (kind === sign) {
      if (signMatters(bytes, end, bytes[at] === 64 ? at : at + 1)) return true;
    } else if (kind === account) {
      if (accountMatters(bytes, end, at)) return true;
    } else {
      const list = lists[kind - firstList] ?? [];
      for (let index = 0; index < list.length; index++) {
        if (stands(bytes, end, at, list[index] as Candidate)) return true;
      }
    }
  }
  return false;
}

const encoder = new TextEncoder();

/** Makes a scanner of texts; it keeps a buffer of its own. */
export function textScanner(): (text: string) => boolean {
  let scratch = new Uint8Array(4096);
  return (text) => {
    if (text.length * 3 > scratch.length) scratch = new Uint8Array(text.length * 3);
    return scanBytes(scratch, encoder.encodeInto(text, scratch).written);
  };
}

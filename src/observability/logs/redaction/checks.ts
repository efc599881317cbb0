/** The digits of a text as numbers. */
function digitsOf(text: string): number[] {
  const digits: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9) digits.push(digit);
  }
  return digits;
}

/** Whether the last digit is the check digit of the others (ISO/IEC 7812-1, Luhn). */
function luhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at--, double = !double) {
    const digit = digits[at] as number;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** Beginnings of card numbers and how long such numbers are. */
const brands: readonly (readonly [from: number, to: number, ...lengths: readonly number[]])[] = [
  [4000, 4999, 13, 16, 19],
  [5100, 5599, 16],
  [2221, 2720, 16],
  [3400, 3499, 15],
  [3700, 3799, 15],
  [6011, 6011, 16, 19],
  [6440, 6599, 16, 19],
  [3528, 3589, 16, 17, 18, 19],
  [6200, 6299, 16, 17, 18, 19],
  [3000, 3059, 14],
  [3600, 3699, 14],
  [3800, 3999, 14],
];

/** Whether a text is the number of a payment card: brand, length, grouping and check digit. */
export function isCard(text: string): boolean {
  if (/[ -]/.test(text)) {
    const [separator = ""] = /[ -]/.exec(text) ?? [];
    const groups = text.split(separator).map(({ length }) => length);
    const [first, ...rest] = groups;
    const fours = rest.slice(0, -1).every((length) => length === 4) && (rest.at(-1) ?? 0) <= 4;
    if (first !== 4 || !(fours || rest.join() === "6,5" || rest.join() === "6,4")) return false;
  }
  const digits = digitsOf(text);
  const start = Number(digits.slice(0, 4).join(""));
  const known = brands.some(
    ([from, to, ...lengths]) => start >= from && start <= to && lengths.includes(digits.length),
  );
  return known && new Set(digits).size > 1 && luhn(digits);
}

/** What the letter of a Taiwanese id stands for, from A on. */
const letters = [
  10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30,
  31, 33,
];

/** Whether a letter and nine digits are a Taiwanese id: national, or of a resident since 2021. */
export function isTaiwaneseId(text: string): boolean {
  const letter = letters[text.charCodeAt(0) - 65];
  const digits = digitsOf(text);
  if (letter === undefined || digits.length !== 9) return false;
  let sum = Math.floor(letter / 10) + (letter % 10) * 9;
  for (let at = 0; at < 8; at++) sum += (digits[at] as number) * (8 - at);
  return (sum + (digits[8] as number)) % 10 === 0;
}

/** How long the IBAN of a country is (SWIFT IBAN registry). */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 " +
    "EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 " +
    "IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 " +
    "NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 TL23 TN24 TR26 UA29 " +
    "VA22 VG24 XK20"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Whether a text is an IBAN (ISO 13616): country, length and check digits. */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(" ", "");
  if (ibanLengths[compact.slice(0, 2)] !== compact.length) return false;
  let rest = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Whether a text is the base64 of `user:password` (RFC 7617). */
export function isBasic(text: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(text, "base64").toString("latin1"));
}

/** Whether a text looks drawn at random rather than written: digits, or letters of both cases. */
export function looksRandom(text: string): boolean {
  return /\d/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text.slice(1)) && text.length > 15);
}

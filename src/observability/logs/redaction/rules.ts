import { isBasic, isCard, isIban, isTaiwaneseId, looksRandom } from "./checks.ts";
import { regexOf } from "../regex.ts";

/** A built-in rule. Its expression is linear: every repetition has a bound. */
export interface RedactionRule {
  readonly name: RuleName;
  readonly about: string;
  /** Group `keep` of a match stays before what is put in its place, group `after` behind it. */
  readonly expression: RegExp;
  /** Whether what matched is what the rule looks for. */
  readonly check?: (match: string, groups: Readonly<Record<string, string | undefined>>) => boolean;
}

/** Names of the built-in rules. */
export type RuleName =
  | "private-key"
  | "jwt"
  | "bearer"
  | "basic-auth"
  | "aws-key"
  | "api-key"
  | "url-credentials"
  | "cookie"
  | "secret"
  | "email"
  | "card"
  | "tw-id"
  | "tw-mobile"
  | "iban";

const keyWords =
  "passw(?:or)?d|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential";

/** Values that are no secrets: counts, nothing at all, and what was redacted before. */
const harmless =
  /^["']?(?:\d{1,7}(?:\.\d+)?|true|false|null|none|nil|undefined|\*+|x{3,}|\[redacted:.*)?["']?$/i;

function isSecret(_match: string, groups: Readonly<Record<string, string | undefined>>): boolean {
  const { keep = "", value = "" } = groups;
  if (harmless.test(value)) return false;
  // "invalid token: expected a name" is a sentence.
  if (!/token/i.test(keep)) return true;
  const plain = value.replaceAll(/["'\\]/g, "");
  if (keep.endsWith(": ")) return /^[\w+/=-]{16,}$/.test(plain);
  return plain.length >= 12 || /\d/.test(plain);
}

/** All rules, in the order in which they are applied: wider ones first. */
export const redactionRules: readonly RedactionRule[] = [
  {
    name: "private-key",
    about: "a private key in PEM",
    expression: regexOf(
      "g",
      String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]{0,20000}?`,
      String.raw`(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)`,
    ),
  },
  {
    name: "jwt",
    about: "a JSON web token",
    expression: /(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{8,8192}\.[\w-]{0,2048}/g,
  },
  {
    name: "bearer",
    about: "the token of an Authorization header",
    expression: /(?<keep>\bbearer\s{1,3})(?<value>[\w\-.~+/]{8,4096}={0,2})/gi,
    check: (_match, { value = "" }) => looksRandom(value),
  },
  {
    name: "basic-auth",
    about: "user and password of an Authorization header",
    expression: /(?<keep>\bbasic\s{1,3})(?<value>[A-Za-z0-9+/]{4,512}={0,2})/gi,
    check: (_match, { value = "" }) => isBasic(value),
  },
  {
    name: "aws-key",
    about: "the id of an AWS access key",
    expression: /\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  },
  {
    name: "api-key",
    about: "a key in the form of a known issuer",
    expression: regexOf(
      "g",
      String.raw`(?<![A-Za-z0-9])(?:sk-[\w-]{16,256}|[srp]k_`,
      String.raw`(?:live|test)_\w{10,256}|gh[pousr]_\w{20,256}|github_pat_\w{20,256}`,
      String.raw`|xox[abeprs]-[\w-]{10,256}|AIza[\w-]{30,64}|glpat-[\w-]{16,64}`,
      String.raw`|npm_[A-Za-z0-9]{30,64}|SG\.[\w-]{16,64}\.[\w-]{16,64}|whsec_\w{16,128})`,
    ),
    check: looksRandom,
  },
  {
    name: "url-credentials",
    about: "the password in a URL",
    expression: regexOf(
      "gi",
      String.raw`(?<keep>\b[a-z][\w+.-]{1,20}:\/\/[^\s/:@"'<>]{0,64}:)`,
      String.raw`(?<value>[^\s/@"'<>]{1,128})(?<after>@)`,
    ),
    check: (_match, { value = "" }) => !value.startsWith("[redacted:"),
  },
  {
    name: "cookie",
    about: "the value of a Cookie or Set-Cookie header",
    expression:
      /(?<keep>\b(?:set-)?cookie["']?[ \t]{0,2}[:=][ \t]{0,2}["']?)(?<value>[^\r\n"'[]{1,8192})/gi,
    check: (_match, { value = "" }) => value.includes("="),
  },
  {
    name: "secret",
    about: "what is assigned to a password, secret, token or key",
    expression: new RegExp(
      `(?<keep>(?:${keyWords})s?[\\w-]{0,20}\\\\?["']?[ \\t]{0,2}[=:][ \\t]{0,2})` +
        `(?<value>\\\\?"[^"\\\\]{0,4096}\\\\?"|'[^']{0,4096}'|[^\\s,;&"'{}()]{1,4096})`,
      "gi",
    ),
    check: isSecret,
  },
  {
    name: "email",
    about: "an e-mail address",
    expression: /(?<![\w.+-]|:\/\/)[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g,
    check: (match) => /[A-Za-z]$/.test(match),
  },
  {
    name: "iban",
    about: "an international bank account number",
    expression:
      /(?<![A-Za-z0-9_-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9_-])/g,
    check: isIban,
  },
  {
    name: "card",
    about: "the number of a payment card",
    expression: /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)/g,
    check: isCard,
  },
  {
    name: "tw-id",
    about: "a Taiwanese national or resident id",
    expression: /(?<![A-Za-z0-9_-])[A-Z][1289]\d{8}(?![A-Za-z0-9_-])/g,
    check: isTaiwaneseId,
  },
  {
    name: "tw-mobile",
    about: "a Taiwanese mobile number",
    expression: /(?<![\w.+-])(?:\+?886[ -]?9\d{2}|09\d{2})[ -]?\d{3}[ -]?\d{3}(?![\w-]|\.\d)/g,
  },
];

import type { AnswerOf } from "../../../api/client.ts";
import { isolated } from "../../../i18n/foreign.ts";
import { listFormat } from "../../../i18n/intl.ts";
import type { Locale } from "../../../i18n/messages.ts";
import type { Say } from "../text.ts";

/**
 * What the server says in English of why a rule matches, in the reader's language: made of the
 * data that the server gives beside its sentences. In English both read the same.
 */

/** A subscription's rule, and why it matches an event or not. */
export type Rule = AnswerOf<"/events/explain", "post">["subscriptions"][number];
export type Branch = Rule["branches"][number];
export type Path = Branch["paths"][number];
/** What one alternative of a path asks for. */
export type Condition = Path["leaves"][number]["condition"];
type Numeric = Extract<Condition, { op: "numeric" }>;
type Scalar = Path["found"][number];

const valueMax = 80;
const pathMax = 160;
/** Items of a list, alternatives of a pattern: as many as the server says. */
const listMax = 10;
const sentenceMax = 600;

/** Writes with a page's messages. */
interface Writer {
  readonly t: Say;
  readonly locale: Locale;
}

/** A text as in JSON, in the quotation marks of the language. */
function quoted({ t }: Writer, text: string): string {
  const letters = JSON.stringify(text).slice(1, -1);
  return t("explain.text", { text: isolated(letters, valueMax) });
}

function scalarText(to: Writer, value: Scalar): string {
  return typeof value === "string" ? quoted(to, value) : JSON.stringify(value);
}

/** Texts put into one, pair by pair. */
function chained(
  texts: readonly string[],
  join: (first: string, second: string) => string,
): string {
  return texts.slice(1).reduce((first, second) => join(first, second), texts[0] ?? "");
}

/** At most ten of a list that has `count` items, and how many more there are. */
function headOf({ t }: Writer, items: readonly string[], count: number): string[] {
  const head = items.slice(0, listMax);
  const more = count - head.length;
  return more > 0 ? [...head, t("explain.more", { count: more })] : head;
}

function listed(
  to: Writer,
  items: readonly string[],
  type: "conjunction" | "disjunction",
  count: number = items.length,
): string {
  // The server's English has no comma before the last: "a, b or c".
  const place = to.locale === "en" ? "en-GB" : to.locale;
  return listFormat(place, { type }).format(headOf(to, items, count));
}

function numericText({ t }: Writer, condition: Numeric): string {
  const { equals, above, atLeast, below, atMost } = condition;
  const bounds: string[] = [];
  if (equals !== undefined) bounds.push(t("explain.equals", { value: String(equals) }));
  if (above !== undefined) bounds.push(t("explain.above", { value: String(above) }));
  if (atLeast !== undefined) bounds.push(t("explain.atLeast", { value: String(atLeast) }));
  if (below !== undefined) bounds.push(t("explain.below", { value: String(below) }));
  if (atMost !== undefined) bounds.push(t("explain.atMost", { value: String(atMost) }));
  if (bounds.length === 0) return t("explain.numberAny");
  return t("explain.number", {
    bounds: chained(bounds, (low, high) => t("explain.between", { low, high })),
  });
}

function textOf(to: Writer, condition: Condition): string {
  const { t } = to;
  switch (condition.op) {
    case "exact":
      return scalarText(to, condition.value);
    case "prefix": {
      const text = quoted(to, condition.value);
      return t(condition.ignoreCase ? "explain.prefixAnyCase" : "explain.prefix", { text });
    }
    case "suffix": {
      const text = quoted(to, condition.value);
      return t(condition.ignoreCase ? "explain.suffixAnyCase" : "explain.suffix", { text });
    }
    case "equals-ignore-case":
      return t("explain.anyCase", { text: quoted(to, condition.value) });
    case "wildcard":
      return t("explain.like", { text: quoted(to, condition.value) });
    case "numeric":
      return numericText(to, condition);
    case "exists":
      return t(condition.present ? "explain.anyValue" : "explain.noValue");
    case "cidr":
      return t("explain.address", { network: isolated(condition.value, valueMax) });
    case "anything-but": {
      const { but } = condition;
      const texts = but.slice(0, listMax).map((excluded) => textOf(to, excluded));
      const values = headOf(to, texts, but.length);
      // No "or": it would read as a further alternative of the path.
      return t("explain.but", {
        values: chained(values, (first, second) => t("explain.butNext", { first, second })),
      });
    }
  }
}

function pathText(to: Writer, { path: name, leaves, found, foundCount, matched }: Path): string {
  const { t } = to;
  const path = isolated(name, pathMax);
  if (foundCount === 0 && matched) return t("explain.absentAllowed", { path });
  // It matched though none of its values fits: the element that was chosen has none.
  if (matched && leaves.every((leaf) => !leaf.matched)) return t("explain.absentElement", { path });
  const wants = listed(
    to,
    leaves.slice(0, listMax).map(({ condition }) => textOf(to, condition)),
    "disjunction",
    leaves.length,
  );
  if (foundCount === 0) return t("explain.absent", { path, wants });
  const values = listed(
    to,
    found.map((value) => scalarText(to, value)),
    "conjunction",
    foundCount,
  );
  return t(matched ? "explain.fits" : "explain.differs", { path, values, wants });
}

function branchText(to: Writer, { paths, matched, reason }: Branch): string {
  const { t } = to;
  if (reason === "elements") return t("explain.elements");
  if (reason === "undecided") return t("explain.undecided");
  const told = paths.filter((path) => matched || !path.matched);
  return chained(
    told.map((path) => pathText(to, path)),
    (first, second) => t("explain.also", { first, second }),
  );
}

/** Cut to a length that people read, with no isolation left open. */
function cut(sentence: string): string {
  if (sentence.length <= sentenceMax) return sentence;
  const head = sentence.slice(0, sentenceMax).replace(/[\uD800-\uDBFF]$/, "");
  const open = head.split("\u2068").length - head.split("\u2069").length;
  return `${head}…${"\u2069".repeat(open)}`;
}

/** What one alternative of a path asks for: *a string that starts with "abc"*. */
export function wantsText(t: Say, locale: Locale, condition: Condition): string {
  return textOf({ t, locale }, condition);
}

/** Why a rule matches the event or not, in a sentence. */
export function ruleText(t: Say, locale: Locale, { matched, branches }: Rule): string {
  const to = { t, locale };
  const told = matched ? branches.filter((branch) => branch.matched).slice(0, 1) : branches;
  const texts = told.slice(0, listMax).map((branch) => branchText(to, branch));
  if (told.length > listMax) {
    texts.push(t("explain.moreAlternatives", { count: told.length - listMax }));
  }
  const reasons = chained(texts, (first, second) => t("explain.orElse", { first, second }));
  return cut(t(matched ? "explain.matched" : "explain.notMatched", { reasons }));
}

import { conditionOf, type LeafCondition } from "./condition.ts";
import { sameElements } from "./consistency.ts";
import { internPath, noFields, noPaths, readFields, type Fields } from "./fields.ts";
import { describeLeaf, leavesTest, matchesLeaf } from "./leaf.ts";
import type { Branch, Constraint, Leaf, Pattern, Scalar } from "./pattern.ts";

/** One alternative of a path, and whether some value of the event satisfies it. */
export interface LeafExplanation {
  /** What it asks for: `a string that starts with "abc"`. */
  readonly wants: string;
  /** The same as data, to be said in another language. */
  readonly condition: LeafCondition;
  readonly matched: boolean;
}

/** What became of one path of the pattern. */
export interface PathExplanation {
  readonly path: string;
  readonly matched: boolean;
  readonly leaves: readonly LeafExplanation[];
  /** Values that the event holds there, at most 10 of them. */
  readonly found: readonly Scalar[];
  /** How many values there are in all. */
  readonly foundCount: number;
  readonly sentence: string;
}

/** What became of one way through the `$or`s of the pattern. */
export interface BranchExplanation {
  readonly matched: boolean;
  readonly paths: readonly PathExplanation[];
  /**
   * Why a branch failed whose paths all hold: `elements`, values lie in different elements of an
   * array; `undecided`, the limit of choices was reached.
   */
  readonly reason?: "elements" | "undecided";
}

/** Why a pattern matched an event, or did not. Plain data. */
export interface Explanation {
  readonly matched: boolean;
  readonly branches: readonly BranchExplanation[];
  /** The whole in words. */
  readonly sentence: string;
}

const shownMax = 10;
const charactersMax = 200;

function shown(value: Scalar): string {
  const text = JSON.stringify(value);
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text;
}

function listed(items: readonly string[], word: string): string {
  const head = items.slice(0, shownMax);
  if (items.length > shownMax) head.push(`${items.length - shownMax} more`);
  const last = head.pop() ?? "";
  return head.length === 0 ? last : `${head.join(", ")} ${word} ${last}`;
}

function pathSentence(
  { path, leaves }: Constraint,
  values: readonly Scalar[],
  matched: boolean,
): string {
  const wants = listed(leaves.map(describeLeaf), "or");
  if (values.length === 0) {
    return matched
      ? `${path} is absent, as the pattern allows`
      : `${path} is absent, but the pattern wants ${wants}`;
  }
  const has = `${path} is ${listed(values.map(shown), "and")}`;
  return matched ? `${has}, which is ${wants}` : `${has}, but the pattern wants ${wants}`;
}

function valuesAt(fields: Fields, pathId: number): Scalar[] {
  const values: Scalar[] = [];
  for (let field = fields.heads[pathId] ?? -1; field >= 0; field = fields.nexts[field] ?? -1) {
    values.push(fields.values[field] ?? null);
  }
  return values.toReversed();
}

function isAbsence(leaf: Leaf): boolean {
  return leaf.op === "exists" && !leaf.present;
}

function explainPath(constraint: Constraint, values: readonly Scalar[]): PathExplanation {
  const absent = values.length === 0;
  const leaves = constraint.leaves.map((leaf) => ({
    wants: describeLeaf(leaf),
    condition: conditionOf(leaf),
    matched: isAbsence(leaf) ? absent : values.some((value) => matchesLeaf(leaf, value)),
  }));
  const matched = leaves.some((leaf) => leaf.matched);
  return {
    path: constraint.path,
    matched,
    leaves,
    found: values.slice(0, shownMax),
    foundCount: values.length,
    sentence: pathSentence(constraint, values, matched),
  };
}

/** In a branch that matched, a path without a fitting value was absent from the chosen element. */
function heldInElement(explained: PathExplanation): PathExplanation {
  if (explained.matched) return explained;
  const sentence = `${explained.path} is absent from the matching element, as the pattern allows`;
  return { ...explained, matched: true, sentence };
}

function explainBranch(branch: Branch, event: unknown): BranchExplanation {
  const paths = noPaths();
  const fields = noFields();
  const tests = branch.map(({ path, leaves }) => ({
    pathId: internPath(paths, path),
    test: leavesTest(leaves),
    absent: leaves.some(isAbsence),
  }));
  readFields(fields, paths, event);
  const explained = branch.map((constraint, at) =>
    explainPath(constraint, valuesAt(fields, tests[at]?.pathId ?? -1)),
  );
  const answer = sameElements(fields, tests);
  if (answer === "consistent") return { matched: true, paths: explained.map(heldInElement) };
  if (answer === "undecided") return { matched: false, paths: explained, reason: "undecided" };
  const allHold = explained.every(({ matched }) => matched);
  return { matched: false, paths: explained, ...(allHold && { reason: "elements" }) };
}

function branchSentence({ paths, matched, reason }: BranchExplanation): string {
  if (matched) return paths.map(({ sentence }) => sentence).join("; ");
  if (reason === "elements") {
    return "every path holds, but in different elements of an array: one must hold them all";
  }
  if (reason === "undecided") return "the event holds too many arrays to decide";
  const failed = paths.filter((path) => !path.matched);
  return failed.map(({ sentence }) => sentence).join("; ");
}

function explanationSentence(matched: boolean, branches: readonly BranchExplanation[]): string {
  if (matched) {
    const way = branches.find((branch) => branch.matched);
    return `Matched: ${way === undefined ? "" : branchSentence(way)}.`;
  }
  const sentences = branches.slice(0, shownMax).map(branchSentence);
  if (branches.length > shownMax) sentences.push(`${branches.length - shownMax} more alternatives`);
  return `Not matched: ${sentences.join("; or, in another alternative, ")}.`;
}

/**
 * Says why a pattern matches an event or not, path by path and alternative by alternative.
 * The verdict is that of {@link compileRules}.
 * @param event parsed JSON
 * @example
 * explain(parsePattern({ source: ["shop"] }), { source: "bank" }).sentence;
 * // Not matched: source is "bank", but the pattern wants "shop".
 */
export function explain(pattern: Pattern, event: unknown): Explanation {
  const branches = pattern.branches.map((branch) => explainBranch(branch, event));
  const matched = branches.some((branch) => branch.matched);
  return { matched, branches, sentence: explanationSentence(matched, branches) };
}

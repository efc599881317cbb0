/**
 * EventBridge event patterns: validation, an index for many rules, explanations, and the filter
 * policies of SNS. Pure code without I/O.
 * @module
 */
export type {
  AffixCondition,
  AnythingButCondition,
  CidrCondition,
  ExactCondition,
  ExistsCondition,
  LeafCondition,
  NumericCondition,
  PositiveCondition,
  TextCondition,
} from "./condition.ts";
export { eventPatternErrors } from "./errors.ts";
export {
  explain,
  type BranchExplanation,
  type Explanation,
  type LeafExplanation,
  type PathExplanation,
} from "./explain.ts";
export { compileRules, matches, type PatternIndex } from "./pattern-index.ts";
export { parsePattern, type PatternLimits } from "./parse.ts";
export type {
  AffixLeaf,
  AnythingButLeaf,
  Branch,
  CidrLeaf,
  Constraint,
  ExactLeaf,
  ExistsLeaf,
  IgnoreCaseLeaf,
  Leaf,
  NumericLeaf,
  Pattern,
  PositiveLeaf,
  Scalar,
  WildcardLeaf,
} from "./pattern.ts";
export type { AddressRange } from "./address.ts";
export {
  filterPolicy,
  type FilteredMessage,
  type FilterPolicy,
  type FilterScope,
  type MessageAttribute,
} from "./filter-policy.ts";

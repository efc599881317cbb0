import { RE2JS } from "re2js";
import type { LabelMatcher } from "./ast.ts";
import { promqlErrors } from "./errors.ts";
import type { Labels } from "./values.ts";

/** Whether a label's value (empty where there is none) fits. */
export type LabelTest = (value: string) => boolean;

/**
 * Compiles a matcher; regular expressions are RE2, anchored.
 * @throws MOR_PROMQL_INVALID
 */
export function labelTest({ op, value }: LabelMatcher): LabelTest {
  if (op === "=") return (is) => is === value;
  if (op === "!=") return (is) => is !== value;
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(`^(?s:${value})$`);
  } catch (error) {
    throw promqlErrors.MOR_PROMQL_INVALID(
      `parse error: error parsing regexp: ${error instanceof Error ? error.message : value}`,
      { cause: error },
    );
  }
  const wanted = op === "=~";
  return (is) => pattern.matcher(is).find() === wanted;
}

/** Whether all matchers hold for the labels of a series. */
export function seriesTest(matchers: readonly LabelMatcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => [matcher.label, labelTest(matcher)] as const);
  return (labels) => tests.every(([label, test]) => test(labels[label] ?? ""));
}

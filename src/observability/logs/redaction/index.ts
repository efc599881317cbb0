export { redactionErrors } from "./errors.ts";
export { makeRedactor, userRulesMax } from "./redactor.ts";
export type { RedactionOptions, Redactor, UserRule } from "./redactor.ts";
export { redactionRules } from "./rules.ts";
export type { RedactionRule, RuleName } from "./rules.ts";

export { completeQuery } from "./complete.ts";
export type { Completion, KnownField, Suggestion } from "./complete.ts";
export { queryErrors } from "./errors.ts";
export { compileFilter, matches } from "./matches.ts";
export type { SignalRecord } from "./matches.ts";
export { parseQuery } from "./parse.ts";
export { printQuery } from "./print.ts";
export { queryCharsMax, queryDepthMax, queryTermsMax, regexCharsMax } from "./terms.ts";

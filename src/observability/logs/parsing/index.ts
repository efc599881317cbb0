export { parsingErrors } from "./errors.ts";
export { formatNames } from "./formats.ts";
export type { FormatName } from "./formats.ts";
export { makeLogParser, parsingRulesMax } from "./parser.ts";
export type { Extraction, LogParser, ParsingRule, RuleCount } from "./parser.ts";
export { severityOf } from "./severity.ts";
export { timeOf } from "./times.ts";

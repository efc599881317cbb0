import { severityOf } from "../../logs/parsing/index.ts";

/** What is looked at of a line. */
const lookedAt = 512;

const said = new RegExp(
  [
    String.raw`(?:\blevel|\bseverity|\blvl)"?\s*[=:]\s*"?([A-Za-z]{1,15})`,
    String.raw`\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|PANIC)\b`,
    String.raw`\[(trace|debug|info|notice|warn(?:ing)?|error|critical|fatal)\]`,
  ].join("|"),
);

/** The severity that a line of text says itself, 0 where it says none: `level=warn`, `ERROR`. */
export function levelInText(line: string): number {
  const found = said.exec(line.slice(0, lookedAt));
  return severityOf(found?.[1] ?? found?.[2] ?? found?.[3] ?? "") ?? 0;
}

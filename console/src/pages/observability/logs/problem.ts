import type { Problem } from "../../../api/problem.ts";
import type { QueryProblem } from "../../../ui/logs/query.ts";

/** What is wrong with a query, where the API said so; the whole of it is marked. */
export function queryProblem(error: Problem | null, q: string): QueryProblem | undefined {
  if (error?.code !== "MOR_LOGS_QUERY") return undefined;
  const fix = error.fix === "" ? "" : ` ${error.fix}`;
  return { message: `${error.message}${fix}`, from: 0, to: q.length };
}

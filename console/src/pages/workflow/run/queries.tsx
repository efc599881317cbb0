import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty, Failure, Loading } from "../../../ui/states.tsx";
import { Ago } from "../../../ui/time.tsx";
import type { RunDetail } from "../status.tsx";
import { useText } from "../text.ts";
import { Value } from "../value.tsx";

const sample = `context.query("stage", () => stage);`;

/** One question, asked when somebody presses it: an answer may cost a replay of the run. */
function Question({ run: { id }, name }: { run: RunDetail; name: string }): ReactNode {
  const { t } = useText();
  const [isAsked, setAsked] = useState(false);
  const query = useQuery<AnswerOf<"/workflow-runs/{id}/queries/{name}", "get">, Problem>({
    queryKey: ["run-query", id, name],
    queryFn: ({ signal }) =>
      call("get", "/workflow-runs/{id}/queries/{name}", { path: { id, name } }, signal),
    enabled: isAsked,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  const { data } = query;
  const press = (): void => (isAsked ? void query.refetch() : setAsked(true));
  return (
    <li className="run-question">
      <div className="row">
        <strong className="mono">
          <bdi>{shown(name, 120)}</bdi>
        </strong>
        {data !== undefined && (
          <span className="hint">
            <Ago atMs={query.dataUpdatedAt} />
          </span>
        )}
        <span className="spring" />
        <Button
          size="small"
          busy={query.isFetching}
          aria-label={t(data === undefined ? "query.askName" : "query.againName", {
            name: isolated(name, 80),
          })}
          onClick={press}
        >
          {t(data === undefined ? "query.ask" : "query.again")}
        </Button>
      </div>
      {query.isLoading && <Loading rows={2} />}
      {query.error !== null && <Failure problem={query.error} />}
      {data !== undefined && <Value value={data.value} label={t("query.answer")} />}
    </li>
  );
}

/** What a run can be asked, and its answers. */
export function Queries({ run }: { run: RunDetail }): ReactNode {
  const { t } = useText();
  const query = useApi("/workflow-runs/{id}/queries", { path: { id: run.id } });
  return (
    <Panel title={t("query.title")} hint={t("query.hint")}>
      <Answer of={query} rows={2}>
        {({ queries }) =>
          queries.length === 0 ? (
            <Empty title={t("query.none")} text={t("query.noneText")} code={sample} />
          ) : (
            <ul className="run-questions">
              {queries.map((name) => (
                <Question key={name} run={run} name={name} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Panel>
  );
}

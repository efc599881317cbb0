import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Count } from "../../../ui/figures.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import type { AskedSpan } from "./asked.ts";
import { withCondition } from "./lines.ts";
import { useText } from "./text.ts";

const fields = "level,service,event,environment,version,http.route";

/** The most frequent values of some fields: pressing one narrows the search to it. */
export function Facets({
  q,
  span,
  onQuery,
}: {
  q: string;
  span: AskedSpan;
  onQuery: (q: string) => void;
}): ReactNode {
  const { t } = useText();
  const found = useApi(
    "/telemetry/logs/facets",
    { query: { q, fields, limit: 8, ...span } },
    { keep: true },
  );
  return (
    <Panel title={t("logs.facets")}>
      <Answer of={found}>
        {({ facets }) => (
          <div className="facets">
            {facets
              .filter(({ values }) => values.length > 0)
              .map(({ field, values }) => (
                <section key={field}>
                  <h3>{field}</h3>
                  <ul>
                    {values.map(({ value, count }) => (
                      <li key={value}>
                        <button
                          type="button"
                          className="facet"
                          title={t("logs.only", { value: shown(value, 60) })}
                          onClick={() => onQuery(withCondition(q, field, value, false))}
                        >
                          <bdi>{shown(value, 60)}</bdi>
                          <Count value={count} />
                        </button>
                      </li>
                    ))}
                  </ul>
                </section>
              ))}
          </div>
        )}
      </Answer>
    </Panel>
  );
}

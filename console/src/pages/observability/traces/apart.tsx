import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { call } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { Panel } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { AttributeCompare } from "../../../ui/traces/compare.tsx";
import { rowsOf, type Explained } from "./explain.tsx";
import { useText } from "./text.ts";

/** Which attributes the spans of some traces (b) have more often than those of others (a). */
export function Apart({ a, b }: { a: readonly string[]; b: readonly string[] }): ReactNode {
  const { t } = useText();
  const path = "/telemetry/traces/explain";
  const found = useQuery<Explained, Problem>({
    queryKey: ["api", path, a.join(), b.join()],
    queryFn: ({ signal }) => {
      const body = { set: { traces: [...b] }, rest: { traces: [...a] } };
      return call("post", path, { body }, signal);
    },
  });
  return (
    <Panel title={t("compare.attributes")} hint={t("compare.attributesHint")} flush>
      <Answer of={found} rows={3}>
        {(answer) => (
          <>
            <p className="hint why-words">
              {t(answer.enough ? "compare.sizes" : "compare.few", {
                one: answer.restSize,
                other: answer.inSize,
                tested: answer.tested,
              })}
            </p>
            <AttributeCompare
              name="apart"
              setLabel={t("compare.sideB")}
              restLabel={t("compare.sideA")}
              rows={rowsOf(answer)}
            />
          </>
        )}
      </Answer>
    </Panel>
  );
}

import type { ReactNode } from "react";
import { Problem } from "../../../api/problem.ts";
import { Panel } from "../../../ui/page.tsx";
import { Empty, Failure, Loading, NoPermission } from "../../../ui/states.tsx";
import { useText } from "../text.ts";

const problem = new Problem({
  status: 404,
  code: "MOR_NOT_FOUND",
  detail: "There is no queue mail.",
  fix: "See GET /queues for what there is.",
});

const code = `const mail = queue("mail", { message: z.object({ userId: z.string() }) });
const users = service("users", { uses: { mail: mail.sender() } });`;

/** What stands where data should be, when it is not. */
export default function States(): ReactNode {
  const { t } = useText();
  return (
    <div className="columns">
      <Panel title={t("ui.empty")}>
        <Empty title={t("ui.noRows")} text={t("ui.sampleText")} code={code} />
      </Panel>
      <Panel title={t("ui.failure")}>
        <Failure problem={problem} onRetry={() => undefined} />
        <Failure problem={Problem.unreachable(undefined)} />
      </Panel>
      <Panel title={t("ui.loading")}>
        <div data-example="">
          <Loading />
        </div>
      </Panel>
      <Panel title={t("ui.forbidden")}>
        <NoPermission role="admin" />
      </Panel>
    </div>
  );
}

import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { Progress } from "../../../ui/field.tsx";
import { Count, Duration } from "../../../ui/figures.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import type { AnswerOf } from "../../../api/client.ts";
import { useText } from "../text.ts";
import type { QueueScene } from "./scene.ts";
import { useQueueView } from "./view.ts";

type Tenant = AnswerOf<"/queues/{name}/tenants", "get">["tenants"][number];

const waits = ({ visible, delayed }: Tenant): number => visible + delayed;

const sample = `await jobs.send({ userId }, { group: tenantId });`;

function useColumns(total: number): readonly Column<Tenant>[] {
  const { t } = useText();
  const share = (tenant: Tenant): number => (total === 0 ? 0 : waits(tenant) / total);
  return [
    {
      id: "group",
      title: t("queue.group"),
      value: ({ group }) => group,
      cell: ({ group }) => <bdi>{shown(group, 80)}</bdi>,
      width: 120,
      grows: true,
      priority: 1,
    },
    {
      id: "share",
      title: t("queue.share"),
      value: share,
      cell: (tenant) => (
        <>
          <Progress
            label={t("queue.shareOf", { name: isolated(tenant.group, 60) })}
            done={waits(tenant)}
            total={Math.max(1, total)}
          />
          <span>{format.percent(share(tenant))}</span>
        </>
      ),
      width: 170,
      priority: 3,
    },
    {
      id: "waiting",
      title: t("queues.waiting"),
      value: ({ visible }) => visible,
      cell: ({ visible }) => <Count value={visible} />,
      width: 88,
      align: "end",
      priority: 1,
    },
    {
      id: "delayed",
      title: t("queue.state.delayed"),
      value: ({ delayed }) => delayed,
      cell: ({ delayed }) => <Count value={delayed} />,
      width: 88,
      align: "end",
      priority: 4,
    },
    {
      id: "inFlight",
      title: t("queues.inFlight"),
      value: ({ inFlight }) => inFlight,
      cell: ({ inFlight }) => <Count value={inFlight} />,
      width: 88,
      align: "end",
      priority: 2,
    },
    {
      id: "oldest",
      title: t("queues.oldest"),
      value: ({ oldestMs }) => oldestMs,
      cell: (tenant) => <Duration ms={tenant.visible === 0 ? undefined : tenant.oldestMs} />,
      width: 96,
      align: "end",
      priority: 1,
    },
  ];
}

/** Who has how much waiting: by message group, the tenant of a standard queue. */
export function Tenants({ scene }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const [, set] = useQueueView();
  const { name, stats, spec } = scene.queue;
  const query = useApi("/queues/{name}/tenants", { path: { name } }, { everyMs: 2000 });
  const tenants = query.data?.tenants ?? [];
  const grouped = tenants.reduce((sum, tenant) => sum + waits(tenant), 0);
  const columns = useColumns(Math.max(grouped, stats.visible + stats.delayed));
  return (
    <Panel title={t("queue.tenants")} flush>
      <Answer of={query}>
        {({ supported, truncated }) =>
          supported ? (
            <Table
              label={t("queue.tenants")}
              name="tenants"
              columns={columns}
              rows={tenants}
              rowKey={({ group }) => group}
              onOpen={({ group }) =>
                set({ tab: "messages", group, message: undefined }, { push: true })
              }
              filters={
                <p className="prose">
                  {truncated
                    ? t("queue.tenantsCut", { count: tenants.length })
                    : t(spec.fifo ? "queue.tenantsFifo" : "queue.tenantsFair")}
                </p>
              }
              empty={
                <Empty title={t("queue.noTenants")} text={t("queue.noTenantsText")} code={sample} />
              }
            />
          ) : (
            <Empty title={t("queue.tenantsUnknown")} text={t("queue.tenantsUnknownText")} />
          )
        }
      </Answer>
    </Panel>
  );
}

import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Page, Panel } from "../../../ui/page.tsx";
import { Answer, Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { TextView } from "../../../ui/viewer/view.tsx";
import { Drawer } from "../../../ui/drawer.tsx";
import { text, useView, type Parameters } from "../../../view.ts";
import { useText } from "./text.ts";

interface DroppedView {
  readonly open: string;
}

const view: Parameters<DroppedView> = { open: text(200) };

/** What was not stored, why, and a sample of it: nothing is lost in silence. */
export default function DroppedPage(): ReactNode {
  const { t } = useText();
  const [{ open }, set] = useView(view);
  const found = useApi("/telemetry/dropped", {}, { everyMs: 3000 });
  const keyOf = (row: { source: string; signal: string; reason: string }): string =>
    `${row.source} ${row.signal} ${row.reason}`;
  const opened = found.data?.dropped.find((row) => keyOf(row) === open);
  return (
    <Page title={t("dropped.title")} sentence={t("dropped.sentence")}>
      <Panel title={t("dropped.list")} flush>
        <Answer of={found}>
          {({ dropped }) => (
            <Table
              label={t("dropped.list")}
              name="dropped"
              columns={[
                {
                  id: "source",
                  title: t("dropped.source"),
                  value: ({ source }) => source,
                  width: 140,
                  priority: 1,
                },
                {
                  id: "signal",
                  title: t("dropped.signal"),
                  value: ({ signal }) => signal,
                  width: 100,
                  priority: 3,
                },
                {
                  id: "reason",
                  title: t("dropped.reason"),
                  value: ({ reason }) => reason,
                  width: 140,
                  priority: 1,
                },
                {
                  id: "count",
                  title: t("dropped.count"),
                  value: ({ count }) => count,
                  width: 90,
                  align: "end",
                  priority: 1,
                },
                {
                  id: "last",
                  title: t("dropped.last"),
                  value: ({ lastAtMs }) => lastAtMs,
                  cell: ({ lastAtMs }) => <Ago atMs={lastAtMs} />,
                  width: 120,
                  priority: 2,
                },
                {
                  id: "sample",
                  title: t("dropped.sample"),
                  value: ({ sample }) => sample,
                  cell: ({ sample }) => <bdi>{shown(sample, 160)}</bdi>,
                  width: 240,
                  grows: true,
                  priority: 4,
                },
              ]}
              rows={dropped}
              rowKey={keyOf}
              opened={open}
              onOpen={(row) => set({ open: keyOf(row) }, { push: true })}
              empty={<Empty title={t("dropped.none")} text={t("dropped.noneText")} />}
            />
          )}
        </Answer>
      </Panel>
      {opened !== undefined && (
        <Drawer
          title={t("dropped.sampleOf", { reason: opened.reason })}
          about={open ?? ""}
          onClose={() => set({ open: undefined })}
        >
          <TextView text={opened.sample} label={t("dropped.sample")} />
        </Drawer>
      )}
    </Page>
  );
}

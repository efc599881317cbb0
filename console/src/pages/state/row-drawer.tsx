import type { ReactNode } from "react";
import { useApi } from "../../api/query.ts";
import { shown } from "../../i18n/foreign.ts";
import { CopyButton } from "../../ui/copy.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { Count, Facts } from "../../ui/figures.tsx";
import { Go } from "../../ui/go.tsx";
import { Answer } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { JsonView } from "../../ui/viewer/view.tsx";
import { keyText, type Table } from "./rows.ts";
import { useText } from "./text.ts";

/** One row of a table, as it is now. */
export function RowDrawer({
  table: { name },
  rowKey,
  onClose,
}: {
  table: Table;
  /** As JSON. */
  rowKey: string;
  onClose: () => void;
}): ReactNode {
  const { t } = useText();
  const query = useApi(
    "/tables/{name}/row",
    { path: { name }, query: { key: rowKey } },
    { everyMs: 2_000 },
  );
  const title = keyText(rowKey);
  return (
    <Drawer
      wide
      about={rowKey}
      kicker={t("row.of", { name: shown(name, 80) })}
      title={<bdi className="mono">{shown(title, 200)}</bdi>}
      actions={<CopyButton text={title} label={t("row.copyKey")} />}
      onClose={onClose}
    >
      <Answer of={query}>
        {({ row, version, updatedAtMs }) => (
          <>
            <Facts
              facts={[
                [t("row.updated"), <Ago key="updated" atMs={updatedAtMs} />],
                [t("row.version"), <Count key="version" value={version} />],
              ]}
            />
            <JsonView value={row} label={t("row.row")} />
            <p>
              <Go to="/find" search={{ id: title }} className="link">
                {t("row.find")}
              </Go>
            </p>
          </>
        )}
      </Answer>
    </Drawer>
  );
}

import { useState, type ReactNode } from "react";
import { Panel } from "../../../ui/page.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { JsonView, TextView } from "../../../ui/viewer/view.tsx";
import { useText } from "../text.ts";

const order = { id: "order-1", total: 1250, paid: true, note: null, lines: [{ sku: "SKU-1" }] };

/** What tries to look like something else. */
const hostile = {
  markup: "<img src=x onerror=alert(1)><script>alert(1)</script>",
  direction: "invoice\u202Efdp.exe \u2066x\u2069",
  control: "a\u0000b\u001B[31m",
  half: "\uD83D!",
  unseen: "a\u200Bb",
  scripts: "訂單 קוד طلب naïve",
};

const long = {
  orders: Array.from({ length: 80 }, (_, at) => ({ ...order, id: `order-${at}`, total: at * 10 })),
};
const log = Array.from(
  { length: 60 },
  (_, at) => `2026-01-01T09:00:${10 + (at % 50)}Z charged ${at}`,
);
const large = JSON.stringify(
  Array.from({ length: 9000 }, (_, at) => ({ at, name: `row ${at}`, share: at / 9, text: "訂單" })),
);
const levels = 10_000;
const deep = "[".repeat(levels) + "]".repeat(levels);

/** JSON and text to read, and JSON to write. */
export default function Viewers(): ReactNode {
  const { t } = useText();
  const [text, setText] = useState('{\n  "sku": "SKU-1",\n  "quantity": 2,\n}');
  return (
    <div className="columns">
      <Panel title={t("ui.short")}>
        <JsonView value={order} label={t("ui.short")} />
      </Panel>
      <Panel title={t("ui.hostile")}>
        <JsonView value={hostile} label={t("ui.hostile")} />
      </Panel>
      <Panel title={t("ui.long")}>
        <JsonView value={long} label={t("ui.long")} heightMax={280} />
      </Panel>
      <Panel title={t("ui.log")}>
        <TextView text={log.join("\n")} label={t("ui.log")} heightMax={280} />
      </Panel>
      <Panel title={t("ui.large")}>
        <JsonView value={large} label={t("ui.large")} heightMax={280} />
      </Panel>
      <Panel title={t("ui.deep")}>
        <JsonView value={deep} label={t("ui.deep")} heightMax={160} />
      </Panel>
      <Panel title={t("ui.editor")}>
        <JsonEditor value={text} onChange={setText} label={t("ui.editor")} />
      </Panel>
    </div>
  );
}

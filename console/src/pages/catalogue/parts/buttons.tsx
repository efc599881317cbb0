import { useState, type ReactNode } from "react";
import { Button, IconButton } from "../../../ui/button.tsx";
import { Code } from "../../../ui/copy.tsx";
import { Progress, SearchField, Segments, Select } from "../../../ui/field.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { useText } from "../text.ts";

const sample = `<ActionButton
  label={t("queue.purge")}
  tone="danger"
  confirm={{ title, text, button, word: name }}
  run={() => call("delete", "/queues/{name}/messages", { path: { name } })}
  done={({ dropped }) => t("queue.purged", { count: dropped ?? 0 })}
/>`;

/** What is pressed, typed into and chosen from. */
export default function Buttons(): ReactNode {
  const { t } = useText();
  const [text, setText] = useState("");
  const [choice, setChoice] = useState("a");
  const options = [
    ["a", t("ui.first")],
    ["b", t("ui.second")],
  ] as const;
  return (
    <div className="columns">
      <Panel title={t("ui.buttons")}>
        <div className="row">
          <Button icon="play">{t("ui.plain")}</Button>
          <Button tone="main">{t("ui.main")}</Button>
          <Button tone="danger" icon="trash">
            {t("ui.danger")}
          </Button>
          <Button tone="quiet">{t("ui.quiet")}</Button>
          <Button busy>{t("ui.busy")}</Button>
          <Button disabled>{t("ui.disabled")}</Button>
          <IconButton icon="copy" label={t("copy.copy")} />
        </div>
      </Panel>
      <Panel title={t("ui.fields")}>
        <div className="row">
          <SearchField label={t("ui.find")} value={text} onChange={setText} />
          <Select label={t("ui.choice")} value={choice} options={options} onChange={setChoice} />
          <Segments label={t("ui.choice")} value={choice} options={options} onChange={setChoice} />
        </div>
        <Progress label={t("ui.progress")} done={38} total={100} />
      </Panel>
      <Panel title={t("ui.tabs")}>
        <Tabs
          label={t("ui.tabs")}
          value={choice}
          onChange={setChoice}
          tabs={[
            { name: "a", label: t("ui.first"), content: () => <p>{t("ui.sampleText")}</p> },
            { name: "b", label: t("ui.second"), count: 12, content: () => <p>{text}</p> },
          ]}
        />
      </Panel>
      <Panel title={t("ui.code")}>
        <Code code={sample} />
      </Panel>
    </div>
  );
}

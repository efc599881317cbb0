import { useState, type ReactNode } from "react";
import { Code } from "../../../ui/copy.tsx";
import { Panel } from "../../../ui/page.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { declaration, readSpec, type DashboardSpec } from "./dashboard-spec.ts";
import { useText } from "./text.ts";

/** A dashboard as text: JSON that can be changed, and the declaration that makes it code. */
export function DashboardCode({
  name,
  spec,
  onChange,
}: {
  name: string;
  spec: DashboardSpec;
  /** Without it the text is for reading. */
  onChange?: (spec: DashboardSpec) => void;
}): ReactNode {
  const { t } = useText();
  const [text, setText] = useState(() => JSON.stringify(spec, null, 2));
  const isRead = readSpec(text) !== undefined;
  const change = (next: string): void => {
    setText(next);
    const read = readSpec(next);
    if (read !== undefined) onChange?.(read);
  };
  return (
    <>
      <Panel title="TypeScript" hint={t("dashboard.tsHint")}>
        <Code code={declaration("dashboard", name, spec)} label="TypeScript" />
      </Panel>
      <Panel
        title="JSON"
        hint={onChange === undefined ? t("dashboard.readOnly") : t("dashboard.jsonHint")}
      >
        <JsonEditor
          label="JSON"
          value={text}
          onChange={change}
          disabled={onChange === undefined}
          heightMax={560}
          {...(isRead ? {} : { problem: t("dashboard.noSpec") })}
        />
      </Panel>
    </>
  );
}

import { useDeferredValue, useId, useMemo, useRef, useState, type ReactNode } from "react";
import { usePreferences } from "../../preferences.tsx";
import { HealthIcon } from "../icons.tsx";
import { IconButton } from "../button.tsx";
import { CopyButton } from "../copy.tsx";
import type { CodeHandle } from "./code.tsx";
import { faultOf } from "./fault.ts";
import { layOut } from "./json.ts";
import { LazyCode } from "./lazy-code.tsx";
import { SearchTool, WrapTool } from "./tools.tsx";
import "./viewer.css";

function Said({ id, words }: { id: string; words: string | undefined }): ReactNode {
  return (
    <p className="viewer-problem" id={id} role="status">
      {words !== undefined && (
        <>
          <HealthIcon health="failing" />
          <span>{words}</span>
        </>
      )}
    </p>
  );
}

/**
 * JSON text to be written: text in, text out. What is wrong with it as JSON is said in words with
 * its line; `problem` is what the caller has to say beyond that. Tab leaves the editor.
 */
export function JsonEditor({
  value,
  onChange,
  label,
  problem,
  disabled = false,
  heightMax = 360,
}: {
  value: string;
  onChange: (text: string) => void;
  /** Already made safe to show. */
  label: string;
  problem?: string | undefined;
  disabled?: boolean;
  /** Pixels. */
  heightMax?: number;
}): ReactNode {
  const { t } = usePreferences();
  const problemId = useId();
  const [wrap, setWrap] = useState(true);
  const handle = useRef<CodeHandle>(null);
  // Typing goes before judging, however long the text is.
  const judged = useDeferredValue(value);
  const fault = useMemo(() => faultOf(judged), [judged]);
  const said =
    fault === undefined ? problem : t(fault.key, { line: fault.line, column: fault.column });
  const indent = (): void => onChange(layOut(value).text);
  return (
    <div className={`viewer editor ${said === undefined ? "" : "faulty"}`}>
      <div className="viewer-head">
        <span className="viewer-label">{label}</span>
        <span className="spring" />
        <IconButton
          className="viewer-tool"
          icon="indent"
          label={t("viewer.indent")}
          disabled={disabled || fault !== undefined}
          onClick={indent}
        />
        <SearchTool handle={handle} />
        <WrapTool wrap={wrap} onChange={setWrap} />
        <CopyButton text={value} label={t("viewer.copy")} />
      </div>
      <LazyCode
        heightMin={96}
        handle={handle}
        text={value}
        label={label}
        language="json"
        wrap={wrap}
        readOnly={disabled}
        heightMax={heightMax}
        onChange={onChange}
        faultAt={fault?.at}
        describedBy={said === undefined ? undefined : problemId}
      />
      <Said id={problemId} words={said} />
    </div>
  );
}

import { useMemo, useRef, useState, type ReactNode } from "react";
import * as format from "../../i18n/format.ts";
import type { MessageKey } from "../../i18n/messages.ts";
import { usePreferences } from "../../preferences.tsx";
import { IconButton } from "../button.tsx";
import { CopyButton } from "../copy.tsx";
import type { CodeHandle } from "./code.tsx";
import { jsonText, layOut, type AsItCame } from "./json.ts";
import { LazyCode } from "./lazy-code.tsx";
import { isShort, Plain } from "./plain.tsx";
import { DownloadTool, SearchTool, WrapTool } from "./tools.tsx";
import "./viewer.css";

/** A line longer than this is not wrapped unless the reader asks. */
const lineMax = 20_000;
const bytesWorthSaying = 1024;

const reasons: Readonly<Record<AsItCame, MessageKey>> = {
  invalid: "viewer.asItCame.invalid",
  deep: "viewer.asItCame.deep",
  large: "viewer.asItCame.large",
};

const longLine = new RegExp(`[^\\n]{${lineMax}}`);

interface ViewProps {
  readonly text: string;
  readonly label: string;
  readonly language: "json" | "text";
  readonly ending: string;
  readonly heightMax: number;
  readonly note?: MessageKey | undefined;
}

function View({ text, label, language, ending, heightMax, note }: ViewProps): ReactNode {
  const { t } = usePreferences();
  const [chosen, setChosen] = useState<boolean>();
  const handle = useRef<CodeHandle>(null);
  const long = useMemo(() => longLine.test(text), [text]);
  const size = useMemo(() => new Blob([text]).size, [text]);
  const wrap = chosen ?? !long;
  const short = isShort(text);
  return (
    <div className="viewer" role="group" aria-label={label}>
      <div className="viewer-head">
        <span className="viewer-label">{label}</span>
        {size >= bytesWorthSaying && <span className="viewer-size">{format.bytes(size)}</span>}
        <span className="spring" />
        {!short && (
          <>
            <SearchTool handle={handle} />
            {language === "json" && (
              <>
                <IconButton
                  className="viewer-tool"
                  icon="fold"
                  label={t("viewer.fold.all")}
                  onClick={() => handle.current?.fold()}
                />
                <IconButton
                  className="viewer-tool"
                  icon="unfold"
                  label={t("viewer.unfold.all")}
                  onClick={() => handle.current?.unfold()}
                />
              </>
            )}
          </>
        )}
        <WrapTool wrap={wrap} onChange={setChosen} />
        <CopyButton text={text} label={t("viewer.copy")} />
        <DownloadTool text={text} label={label} ending={ending} />
      </div>
      {note !== undefined && <p className="viewer-note">{t(note)}</p>}
      {text === "" && <p className="viewer-note">{t("viewer.empty")}</p>}
      {text !== "" && short && <Plain text={text} label={label} language={language} wrap={wrap} />}
      {!short && (
        <LazyCode
          handle={handle}
          text={text}
          label={label}
          language={language}
          wrap={wrap}
          readOnly
          heightMax={heightMax}
        />
      )}
    </div>
  );
}

/**
 * JSON, indented, to be read, searched, folded, copied. A string is taken for JSON text; what is
 * none, or nests too deep to be indented, is shown as it came.
 */
export function JsonView({
  value,
  label,
  heightMax = 480,
}: {
  value: unknown;
  /** Already made safe to show. */
  label: string;
  /** Pixels. */
  heightMax?: number;
}): ReactNode {
  const { text, asItCame } = useMemo(() => layOut(jsonText(value)), [value]);
  const isText = asItCame === "invalid";
  // What is not on lines of its own has nothing to fold, and may nest too deep to be coloured.
  const isPlain = isText || asItCame === "deep";
  return (
    <View
      text={text}
      label={label}
      language={isPlain ? "text" : "json"}
      ending={isText ? "txt" : "json"}
      heightMax={heightMax}
      note={asItCame === undefined || text === "" ? undefined : reasons[asItCame]}
    />
  );
}

/** Text of any kind and size: a log, a mail, a stack. */
export function TextView({
  text,
  label,
  heightMax = 480,
}: {
  text: string;
  label: string;
  heightMax?: number;
}): ReactNode {
  return <View text={text} label={label} language="text" ending="txt" heightMax={heightMax} />;
}

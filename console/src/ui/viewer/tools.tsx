import type { ReactNode, RefObject } from "react";
import { browserClock } from "../../clock.ts";
import { usePreferences } from "../../preferences.tsx";
import { IconButton } from "../button.tsx";
import type { CodeHandle } from "./code.tsx";

/** Opens the search of an editor. */
export function SearchTool({ handle }: { handle: RefObject<CodeHandle | null> }): ReactNode {
  const { t } = usePreferences();
  return (
    <IconButton
      className="viewer-tool"
      icon="search"
      label={t("viewer.search")}
      onClick={() => handle.current?.search()}
    />
  );
}

/** Whether long lines are wrapped. */
export function WrapTool({
  wrap,
  onChange,
}: {
  wrap: boolean;
  onChange: (wrap: boolean) => void;
}): ReactNode {
  const { t } = usePreferences();
  return (
    <IconButton
      className="viewer-tool"
      icon="wrap"
      label={t("viewer.wrap")}
      aria-pressed={wrap}
      onClick={() => onChange(!wrap)}
    />
  );
}

/** A name for a file from the label of what it holds. */
export function fileName(label: string, ending: string): string {
  const name = label.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${name.slice(0, 60) || "text"}.${ending}`;
}

/** Saves all of a text as a file. */
export function DownloadTool({
  text,
  label,
  ending,
}: {
  text: string;
  label: string;
  ending: string;
}): ReactNode {
  const { t } = usePreferences();
  const save = (): void => {
    const type = ending === "json" ? "application/json" : "text/plain;charset=utf-8";
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = document.createElement("a");
    link.href = url;
    link.download = fileName(label, ending);
    link.click();
    // The browser has taken the bytes by the time that the click returns to the event loop.
    browserClock.after(1000, () => URL.revokeObjectURL(url));
  };
  return (
    <IconButton
      className="viewer-tool"
      icon="download"
      label={t("viewer.download")}
      onClick={save}
    />
  );
}

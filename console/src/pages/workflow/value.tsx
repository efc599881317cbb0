import type { ReactNode } from "react";
import { JsonView, TextView } from "../../ui/viewer/view.tsx";
import { useText } from "./text.ts";

/** JSON text that came from the API. */
export interface ShownJson {
  readonly json: string;
  readonly length: number;
}

/** JSON text that came from the API, which cuts what is long. */
export function Value({ value, label }: { value: ShownJson | null; label: string }): ReactNode {
  const { t } = useText();
  if (value === null) return <p className="hint">{t("value.none", { label })}</p>;
  const isCut = value.json.length < value.length;
  return (
    <>
      {/* What was cut is no JSON any more. */}
      {isCut ? (
        <TextView text={value.json} label={label} />
      ) : (
        <JsonView value={value.json} label={label} />
      )}
      {isCut && (
        <p className="hint">{t("value.cut", { shown: value.json.length, length: value.length })}</p>
      )}
    </>
  );
}

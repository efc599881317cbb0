import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import { Select } from "../../../ui/field.tsx";
import { useText } from "./text.ts";

/** Searches that somebody saved: choosing one opens it. */
export function Saved({ q, onOpen }: { q: string; onOpen: (q: string) => void }): ReactNode {
  const { t } = useText();
  const found = useApi("/telemetry/searches", {});
  const searches = (found.data?.searches ?? []).filter(({ signal }) => signal === "logs");
  if (searches.length === 0) return null;
  const current = searches.find((one) => one.q === q)?.name ?? "";
  return (
    <Select
      label={t("logs.savedSearches")}
      value={current}
      options={[
        ["", t("logs.savedSearches")],
        ...searches.map(({ name, title }): [string, string] => [name, title.slice(0, 60)]),
      ]}
      onChange={(name) => onOpen(searches.find((one) => one.name === name)?.q ?? "")}
    />
  );
}

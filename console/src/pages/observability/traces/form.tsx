import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import type { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { shown } from "../../../i18n/foreign.ts";
import { Segments, Select } from "../../../ui/field.tsx";
import { QueryField } from "../../../ui/logs/query-field.tsx";
import type { Change } from "../../../view.ts";
import type { AskedSpan } from "../logs/asked.ts";
import { quoted } from "../logs/lines.ts";
import { queryProblem } from "../logs/problem.ts";
import { useSuggest } from "../logs/suggest.ts";
import type { SearchView } from "./asked.ts";
import { useText } from "./text.ts";

const namesMax = 200;

/** Services that sent spans in a time, the busiest first. */
export function useServices(span: AskedSpan): readonly string[] {
  const input = { signal: "spans", field: "service", limit: namesMax, ...span } as const;
  const found = useApi("/telemetry/fields/values", { query: input }, { keep: true });
  return (found.data?.values ?? []).map(({ value }) => String(value));
}

/** Operations of a service, those with most spans first. */
function useOperations(service: string | undefined, span: AskedSpan): readonly string[] {
  const body = {
    signal: "spans" as const,
    q: `service:${quoted(service ?? "")}`,
    by: ["name"],
    measures: [{ as: "spans", fn: "count" as const }],
    orderBy: "spans",
    limit: namesMax,
    ...span,
  };
  const found = useQuery({
    queryKey: ["api", "/telemetry/aggregate", "operations", body],
    queryFn: ({ signal }) => call("post", "/telemetry/aggregate", { body }, signal),
    enabled: service !== undefined,
    placeholderData: (before) => before,
  });
  return (found.data?.rows ?? []).map(({ by }) => String(by[0] ?? ""));
}

/** One of many names, or all of them; the one that is chosen is there even if nothing has it. */
function NameSelect({
  label,
  all,
  names,
  value,
  onChange,
}: {
  label: string;
  all: string;
  names: readonly string[];
  value: string | undefined;
  onChange: (name: string | undefined) => void;
}): ReactNode {
  const listed = [...new Set([...(value === undefined ? [] : [value]), ...names])].toSorted();
  return (
    <Select
      label={label}
      value={value ?? ""}
      options={[["", all], ...listed.map((name) => [name, shown(name, 60)] as const)]}
      onChange={(name) => onChange(name === "" ? undefined : name)}
    />
  );
}

/** A duration in milliseconds; tells once it is left, or Enter is pressed. */
function Limit({
  label,
  value,
  onChange,
}: {
  label: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}): ReactNode {
  const [typed, setTyped] = useState<string>();
  const tell = (): void => {
    if (typed === undefined) return;
    setTyped(undefined);
    const ms = Math.round(Number(typed));
    onChange(typed.trim() === "" || !(ms >= 0) ? undefined : ms);
  };
  return (
    <label className="traces-limit">
      <span>{label}</span>
      <input
        className="input"
        type="number"
        min={0}
        inputMode="numeric"
        value={typed ?? value ?? ""}
        onChange={({ target }) => setTyped(target.value)}
        onBlur={tell}
        onKeyDown={({ key }) => key === "Enter" && tell()}
      />
      <span>ms</span>
    </label>
  );
}

/** What is looked for. */
export function Form({
  search,
  span,
  error,
  onChange,
}: {
  search: Partial<SearchView>;
  span: AskedSpan;
  error: Problem | null;
  onChange: (change: Change<SearchView>) => void;
}): ReactNode {
  const { t } = useText();
  const { q = "", service, operation, status, min, max, by = "start" } = search;
  const suggest = useSuggest("spans");
  const services = useServices(span);
  const operations = useOperations(service, span);
  return (
    <div className="traces-form">
      <QueryField
        label={t("search.query")}
        placeholder={t("search.example")}
        value={q}
        onSubmit={(next) => onChange({ q: next === "" ? undefined : next })}
        suggest={suggest}
        problem={queryProblem(error, q)}
      />
      <div className="row">
        <NameSelect
          label={t("search.service")}
          all={t("search.allServices")}
          names={services}
          value={service}
          onChange={(next) => onChange({ service: next, operation: undefined })}
        />
        {service !== undefined && (
          <NameSelect
            label={t("search.operation")}
            all={t("search.allOperations")}
            names={operations}
            value={operation}
            onChange={(next) => onChange({ operation: next })}
          />
        )}
        <Segments
          label={t("search.status")}
          value={status ?? "any"}
          options={[
            ["any", t("search.any")],
            ["failed", t("search.failed")],
            ["ok", t("search.ok")],
          ]}
          onChange={(next) => onChange({ status: next === "any" ? undefined : next })}
        />
        <Limit label={t("search.min")} value={min} onChange={(next) => onChange({ min: next })} />
        <Limit label={t("search.max")} value={max} onChange={(next) => onChange({ max: next })} />
        <Segments
          label={t("search.order")}
          value={by}
          options={[
            ["start", t("search.newest")],
            ["duration", t("search.slowest")],
          ]}
          onChange={(next) => onChange({ by: next === "start" ? undefined : next })}
        />
      </div>
    </div>
  );
}

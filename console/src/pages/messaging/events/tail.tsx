import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { Happening } from "../../../api/overview.ts";
import { useLive } from "../../../live.tsx";
import { shown } from "../../../i18n/foreign.ts";
import { Button } from "../../../ui/button.tsx";
import { SearchField, Select } from "../../../ui/field.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Empty, Loading } from "../../../ui/states.tsx";
import { Table } from "../../../ui/table/table.tsx";
import { useView } from "../../../view.ts";
import { useText } from "../text.ts";
import { serviceOf } from "./log.ts";
import { useEventColumns } from "./rows.tsx";
import { eventsView } from "./view.ts";

/** A choice among the names that are there, and the one that the URL names. */
export function NameFilter({
  label,
  all,
  names,
  value,
  onChange,
}: {
  label: string;
  /** What the choice of all of them is called. */
  all: string;
  names: readonly string[];
  value: string | undefined;
  onChange: (name: string | undefined) => void;
}): ReactNode {
  const known = [...new Set([...names, ...(value === undefined ? [] : [value])])].toSorted();
  return (
    <Select
      label={label}
      value={value ?? ""}
      options={[["", all], ...known.map((name) => [name, shown(name, 60)] as const)]}
      onChange={(name) => onChange(name === "" ? undefined : name)}
    />
  );
}

interface Filters {
  readonly type?: string;
  readonly source?: string;
  readonly q?: string;
  readonly trace?: string;
}

/** Whether an event passes the filters; `app` is what sources of our own begin with. */
function passes(one: Happening, { type, source, q, trace }: Filters, app: string): boolean {
  if (type !== undefined && one.type !== type) return false;
  if (source !== undefined && one.source !== serviceOf(source, app)) return false;
  if (trace !== undefined && one.traceId !== trace) return false;
  if (q === undefined) return true;
  const wanted = q.toLowerCase();
  return [one.type, one.source, one.summary, one.id].some((text) =>
    text.toLowerCase().includes(wanted),
  );
}

/** Events as they are published, the newest first. */
export function Tail(): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [view, set] = useView(eventsView);
  const [held, setHeld] = useState<readonly Happening[]>();
  // Rows do not slip away under the pointer, while a key moves among them, or beside their details.
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [under, setUnder] = useState<readonly Happening[]>();
  const holds = pointed || focused || view.event !== undefined;
  const newestPast = useRef<readonly Happening[]>([]);
  newestPast.current = scene?.past.happenings ?? [];
  useEffect(() => setUnder(holds ? newestPast.current : undefined), [holds]);
  const nodes = scene?.overview.nodes;
  const services = useMemo(
    () => new Set(nodes?.filter(({ kind }) => kind === "service").map(({ name }) => name)),
    [nodes],
  );
  const columns = useEventColumns(services);
  if (scene === undefined) return <Loading rows={8} />;
  const { past, overview, skipped } = scene;
  const still = held ?? (under?.length === 0 ? undefined : under);
  const all = still ?? past.happenings;
  const rows = all.filter((one) => passes(one, view, overview.app));
  const newest = still?.[0]?.id;
  const found = past.happenings.findIndex(({ id }) => id === newest);
  const waiting = still === undefined ? 0 : found < 0 ? past.happenings.length : found;
  const types = overview.nodes.filter(({ kind }) => kind === "event").map(({ name }) => name);
  const sources = [...new Set(past.happenings.map(({ source }) => source))];
  return (
    <Panel
      title={t("events.tail")}
      flush
      hint={
        held === undefined && waiting > 0
          ? t("events.waiting", { count: waiting })
          : skipped > 0
            ? t("events.skipped", { count: skipped })
            : undefined
      }
      actions={
        <Button
          size="small"
          icon={held === undefined ? "pause" : "play"}
          aria-pressed={held !== undefined}
          onClick={() => setHeld(held === undefined ? past.happenings : undefined)}
        >
          {held === undefined ? t("events.pause") : t("events.resume", { count: waiting })}
        </Button>
      }
    >
      <div
        onPointerEnter={() => setPointed(true)}
        onPointerLeave={() => setPointed(false)}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
      >
        <Table
          label={t("events.tail")}
          name="tail"
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          opened={view.event}
          onOpen={({ id }) => set({ event: id }, { push: true })}
          filters={
            <>
              <SearchField
                label={t("events.search")}
                value={view.q ?? ""}
                onChange={(q) => set({ q: q === "" ? undefined : q })}
              />
              <NameFilter
                label={t("event.type")}
                all={t("events.allTypes")}
                names={types}
                value={view.type}
                onChange={(type) => set({ type })}
              />
              <NameFilter
                label={t("event.source")}
                all={t("events.allSources")}
                names={sources}
                value={view.source === undefined ? undefined : serviceOf(view.source, overview.app)}
                onChange={(source) => set({ source })}
              />
            </>
          }
          empty={
            <Empty
              title={all.length === 0 ? t("events.quiet") : t("events.noneSuch")}
              text={
                all.length === 0
                  ? t("events.quietText")
                  : t("events.noneSuchText", { count: all.length })
              }
            />
          }
        />
      </div>
    </Panel>
  );
}

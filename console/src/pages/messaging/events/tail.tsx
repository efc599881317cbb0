import { useEffect, useMemo, useRef, useState, type HTMLAttributes, type ReactNode } from "react";
import type { Happening } from "../../../api/overview.ts";
import type { Scene } from "../../../api/scene.ts";
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

const nothing: readonly Happening[] = [];

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

/**
 * The events that are listed, and how many wait: those at which the reader stopped, and else all.
 * Rows do not slip away under the pointer, while a key moves among them, or beside their details.
 */
function useStill(past: readonly Happening[], isOpened: boolean) {
  const [held, setHeld] = useState<readonly Happening[]>();
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [under, setUnder] = useState<readonly Happening[]>();
  const holds = pointed || focused || isOpened;
  const newestPast = useRef<readonly Happening[]>([]);
  newestPast.current = past;
  useEffect(() => setUnder(holds ? newestPast.current : undefined), [holds]);
  const still = held ?? (under?.length === 0 ? undefined : under);
  const newest = still?.[0]?.id;
  const found = past.findIndex(({ id }) => id === newest);
  const watched: HTMLAttributes<HTMLElement> = {
    onPointerEnter: () => setPointed(true),
    onPointerLeave: () => setPointed(false),
    onFocus: () => setFocused(true),
    onBlur: () => setFocused(false),
  };
  return {
    all: still ?? past,
    waiting: still === undefined ? 0 : found < 0 ? past.length : found,
    isHeld: held !== undefined,
    hold: (isHeld: boolean) => setHeld(isHeld ? past : undefined),
    /** What the list's frame listens to. */
    watched,
  };
}

/** Which events are listed: by their text, their type and who published them. */
function TailFilters({ scene }: { scene: Scene }): ReactNode {
  const { t } = useText();
  const [view, set] = useView(eventsView);
  const { overview, past } = scene;
  const types = overview.nodes.filter(({ kind }) => kind === "event").map(({ name }) => name);
  const sources = [...new Set(past.happenings.map(({ source }) => source))];
  return (
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
  );
}

/** Events as they are published, the newest first. */
export function Tail(): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [view, set] = useView(eventsView);
  const happenings = scene?.past.happenings ?? nothing;
  const { all, waiting, isHeld, hold, watched } = useStill(happenings, view.event !== undefined);
  const nodes = scene?.overview.nodes;
  const services = useMemo(
    () => new Set(nodes?.filter(({ kind }) => kind === "service").map(({ name }) => name)),
    [nodes],
  );
  const columns = useEventColumns(services);
  if (scene === undefined) return <Loading rows={8} />;
  const { overview, skipped } = scene;
  const rows = all.filter((one) => passes(one, view, overview.app));
  return (
    <Panel
      title={t("events.tail")}
      flush
      hint={
        !isHeld && waiting > 0
          ? t("events.waiting", { count: waiting })
          : skipped > 0
            ? t("events.skipped", { count: skipped })
            : undefined
      }
      actions={
        <Button
          size="small"
          icon={isHeld ? "play" : "pause"}
          aria-pressed={isHeld}
          onClick={() => hold(!isHeld)}
        >
          {isHeld ? t("events.resume", { count: waiting }) : t("events.pause")}
        </Button>
      }
    >
      <div {...watched}>
        <Table
          label={t("events.tail")}
          name="tail"
          columns={columns}
          rows={rows}
          rowKey={({ id }) => id}
          opened={view.event}
          onOpen={({ id }) => set({ event: id }, { push: true })}
          filters={<TailFilters scene={scene} />}
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

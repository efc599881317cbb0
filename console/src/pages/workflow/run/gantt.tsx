import { useMemo, type ReactNode } from "react";
import { isolated } from "../../../i18n/foreign.ts";
import type { Locale } from "../../../i18n/messages.ts";
import { usePreferences } from "../../../preferences.tsx";
import { Panel } from "../../../ui/page.tsx";
import type { TraceSpan } from "../../../ui/traces/span.ts";
import { SpeechProvider, useTraceText, type Speech } from "../../../ui/traces/text.ts";
import { Waterfall } from "../../../ui/traces/waterfall.tsx";
import { useText, type Say } from "../text.ts";
import type { History } from "./entries.ts";
import { isWait, type Entry, type Place } from "./places.ts";
import { kindName, placeName } from "./words.ts";

/** More branches side by side begin folded. */
const openMax = 12;

/** Messages of the waterfall that speak of spans, and what is said of a run's history instead. */
const spoken = {
  "trace.label": "gantt.label",
  "trace.span": "gantt.entry",
  "trace.minimap": "gantt.minimap",
  "trace.hidesError": "gantt.hidesError",
  "trace.hides": "gantt.hides",
  "trace.search": "gantt.search",
  "trace.nextError": "gantt.nextError",
  "trace.errors": "gantt.errors",
  "trace.zoomAll": "gantt.zoomAll",
  "trace.spans": "gantt.entries",
  "trace.left": "gantt.left",
  "trace.none": "gantt.none",
  "trace.services": "gantt.kinds",
} as const;

const groupKinds: ReadonlySet<string> = new Set(["branches", "branch", "undo"]);

/** How the waterfall speaks of entries. */
function useSpeech(): Speech {
  const { t } = useText();
  const traces = useTraceText();
  return useMemo<Speech>(
    () => ({
      t: (key, values) =>
        Object.hasOwn(spoken, key)
          ? t(spoken[key as keyof typeof spoken], values)
          : traces.t(key, values),
      serviceName: (kind) => kindName(t, kind),
      // What stands above several says in its name what it is.
      beside: ({ kind }) => (groupKinds.has(kind) ? "" : kindName(t, kind)),
    }),
    [t, traces.t],
  );
}

/** The share of a place that is done, where it says so itself. */
function progressOf({ entry, goesOn, kind, children, childrenDone }: Place): number | undefined {
  if (!goesOn) return undefined;
  if (kind === "branches") return childrenDone / children.length;
  const { done = 0, total = null } = entry?.progress ?? {};
  return total === null || total === 0 ? undefined : done / total;
}

/** Whether a place begins folded: its branches are too many to be looked at together. */
function isFolded(place: Place, byAt: ReadonlyMap<string, Place>): boolean {
  if (place.kind === "branches") return place.children.length > openMax;
  if (place.kind !== "branch" || place.parent === undefined) return false;
  return (byAt.get(place.parent)?.children.length ?? 0) > openMax;
}

/** A mark where each attempt that was followed by another one failed. */
function marksOf(t: Say, entry: Entry | undefined, zeroMs: number): Pick<TraceSpan, "events"> {
  const failed = entry?.attempts ?? [];
  // How the last one ended is how its step did.
  const marked = entry?.status === "failed" ? failed.slice(0, -1) : failed;
  if (marked.length === 0) return {};
  return {
    events: marked.map(({ attempt, endedAtMs, error }) => ({
      atMs: endedAtMs - zeroMs,
      name: t("attempts.failed", { number: attempt, why: isolated(error.message, 120) }),
    })),
  };
}

/** The places of a history as the waterfall takes them, on a scale that begins with the first. */
export function spansOf(places: readonly Place[], t: Say, locale: Locale): readonly TraceSpan[] {
  const byAt = new Map(places.map((place) => [place.at, place]));
  const zeroMs = places.reduce((least, { fromMs }) => Math.min(least, fromMs), Infinity);
  return places.map((place, order): TraceSpan => {
    const { at, parent = null, kind, entry, fromMs, toMs, goesOn, isFailed } = place;
    const progress = progressOf(place);
    const attempts = entry?.attempt ?? 1;
    return {
      spanId: at,
      parentSpanId: parent,
      name: placeName(t, locale, place),
      service: kind === "branch" ? "branches" : kind,
      kind,
      startMs: fromMs - zeroMs,
      durationMs: toMs - fromMs,
      // A branch that has a failed entry shows it by that entry.
      status: isFailed && entry !== undefined ? "error" : "unset",
      order,
      waits: isWait(place) || (goesOn && entry !== undefined && entry.dueAtMs !== null),
      goesOn,
      ...(progress === undefined ? {} : { progress }),
      ...(attempts > 1 ? { attempts } : {}),
      ...marksOf(t, entry, zeroMs),
      ...(isFolded(place, byAt) ? { folded: true } : {}),
    };
  });
}

/** The entries of a run over its time, branches in lanes that fold. */
export function Gantt({
  history,
  selected,
  onSelect,
}: {
  history: History;
  selected: string | undefined;
  onSelect: (at: string) => void;
}): ReactNode {
  const { t } = useText();
  const { locale } = usePreferences();
  const speech = useSpeech();
  const { places } = history;
  const trace = useMemo(() => ({ spans: spansOf(places, t, locale) }), [places, t, locale]);
  return (
    <Panel title={t("gantt.title")} hint={t("gantt.hint")} flush>
      <SpeechProvider value={speech}>
        <Waterfall trace={trace} selected={selected} onSelect={({ spanId }) => onSelect(spanId)} />
      </SpeechProvider>
    </Panel>
  );
}

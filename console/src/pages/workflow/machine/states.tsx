import { lazy, Suspense, useMemo, type ReactNode } from "react";
import type { Link, Part } from "../../../api/overview.ts";
import { useApi } from "../../../api/query.ts";
import { isolated } from "../../../i18n/foreign.ts";
import { insistent } from "../../../ui/loaded.ts";
import { useNarrow } from "../../../ui/narrow.ts";
import { Panel } from "../../../ui/page.tsx";
import { hasEnded, type RunDetail } from "../status.tsx";
import { useText, type Say } from "../text.ts";
import { drawnMax, healthOf, reachedIn, shapeOf } from "./shape.ts";
import type { Definition, Reached, Shape } from "./shape.ts";

const LiveMap = lazy(() => insistent(() => import("../../../ui/graph/live-map.tsx")));

const still = { ratePerSecond: 0, errorRate: 0 };

/** The sign of a type of state. */
const signs: Readonly<Record<string, string>> = {
  Task: "play",
  Choice: "map",
  Wait: "clock",
  Pass: "next",
  Map: "list",
  Parallel: "board",
  Succeed: "target",
  Fail: "stop",
};

/** The type of a state, and how often a run was there. */
function noteOf(t: Say, type: string, reached: Reached | undefined): string {
  const kind = isolated(type, 20);
  if (reached === undefined) return kind;
  const { entered, left } = reached;
  if (entered > left) return t("states.inside", { kind, count: entered - left, all: entered });
  return entered === 1 ? kind : t("states.times", { kind, count: entered });
}

interface DrawnProps {
  readonly shape: Shape;
  /** How far a run came; undefined where no run is drawn. */
  readonly reached?: ReadonlyMap<string, Reached>;
  readonly hasFailed?: boolean;
}

function Drawn({ shape, reached, hasFailed = false }: DrawnProps): ReactNode {
  const { t } = useText();
  const parts = shape.states.map(({ name, type }): Part => {
    const here = reached?.get(name);
    const health = healthOf(here, hasFailed);
    return {
      id: name,
      kind: signs[type] ?? "other",
      name,
      health,
      ...still,
      note: noteOf(t, type, here),
    };
  });
  const links = shape.links.map(({ from, to, way }): Link => ({
    from,
    to,
    verb: way,
    ...still,
    label: t(`states.${way}`),
  }));
  return (
    <Suspense fallback={<div className="map bone" />}>
      <LiveMap parts={parts} links={links} selected={undefined} onOpen={() => {}} />
    </Suspense>
  );
}

function useShape(definition: Definition | null): Shape | undefined {
  const isNarrow = useNarrow();
  const shape = useMemo(
    () => (definition === null ? undefined : shapeOf(definition)),
    [definition],
  );
  // Too wide to be read there; the history names the same.
  const isDrawn = shape !== undefined && shape.states.length <= drawnMax && !isNarrow;
  return isDrawn ? shape : undefined;
}

/** The graph of a state machine; nothing for workflows in code. */
export function States({ definition }: { definition: Definition | null }): ReactNode {
  const { t } = useText();
  const shape = useShape(definition);
  if (shape === undefined) return null;
  return (
    <Panel title={t("states.title")} hint={t("states.hint")} flush>
      <Drawn shape={shape} />
    </Panel>
  );
}

function RunOf({ shape, run }: { shape: Shape; run: RunDetail }): ReactNode {
  const { t } = useText();
  const isOver = hasEnded(run);
  const query = useApi(
    "/workflow-runs/{id}/history",
    { path: { id: run.id } },
    isOver ? {} : { everyMs: 2000 },
  );
  const events = query.data?.events;
  const reached = useMemo(() => reachedIn(events ?? []), [events]);
  return (
    <Panel title={t("states.title")} hint={t("states.runHint")} flush>
      <Drawn shape={shape} reached={reached} hasFailed={isOver && run.status !== "completed"} />
    </Panel>
  );
}

/** The same with how far a run came. */
export function RunStates({ run }: { run: RunDetail }): ReactNode {
  const { data } = useApi("/workflows/{name}", { path: { name: run.workflow } });
  const shape = useShape(data?.definition ?? null);
  return shape === undefined ? null : <RunOf shape={shape} run={run} />;
}

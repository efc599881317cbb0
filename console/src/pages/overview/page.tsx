import "./overview.css";
import { lazy, Suspense, type ReactNode } from "react";
import type { Overview } from "../../api/overview.ts";
import { HealthIcon } from "../../ui/icons.tsx";
import { useLive } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { Counters } from "./counters.tsx";
import { Detail } from "./detail.tsx";
import { Empty } from "./empty.tsx";
import { MapPanel } from "./map-panel.tsx";
import { Problems } from "./problems.tsx";
import { Recent } from "./recent.tsx";
import { useView } from "../../view.ts";
import { overviewView } from "./view.ts";

const Traffic = lazy(() => import("./traffic.tsx"));

function Sentence({ overview: { nodes, problems } }: { overview: Overview }): ReactNode {
  const { t } = usePreferences();
  const of = (kind: string): number => nodes.filter((node) => node.kind === kind).length;
  // A part is as bad as it or the worst problem about it says.
  const failing = new Set(nodes.filter(({ health }) => health === "failing").map(({ id }) => id));
  const bad = new Set(nodes.filter(({ health }) => health === "warning").map(({ id }) => id));
  for (const { severity, subject } of problems)
    (severity === "failing" ? failing : bad).add(subject);
  const worse = new Set([...bad].filter((id) => !failing.has(id)));
  const good = nodes.filter(({ id }) => !failing.has(id) && !worse.has(id)).length;
  const counts = { failing: failing.size, bad: worse.size, good };
  const health = failing.size > 0 ? "failing" : worse.size > 0 ? "warning" : "ok";
  const all = { services: of("service"), queues: of("queue"), events: of("event") };
  return (
    <p className={`sentence ${health}`}>
      <HealthIcon health={health} size={16} />
      <span>{t(`overview.${health}`, health === "ok" ? all : counts)}</span>
    </p>
  );
}

function Skeleton(): ReactNode {
  return (
    <div className="skeleton" aria-hidden="true">
      <div className="bone" style={{ height: 78 }} />
      <div className="bone" style={{ height: 420 }} />
      <div className="bone" style={{ height: 260 }} />
    </div>
  );
}

function Waiting(): ReactNode {
  const { t } = usePreferences();
  const { connection } = useLive();
  return (
    <div className="page">
      <h1>{t("overview.title")}</h1>
      <p className="sentence">{t("overview.waiting")}</p>
      {connection.phase === "lost" ? (
        <div className="panel notice">
          <p>{t("line.check")}</p>
          <pre className="code">npm start</pre>
        </div>
      ) : (
        <Skeleton />
      )}
    </div>
  );
}

/** The page at `/`: whether all is well, the live map, and what flows through it. */
export function OverviewPage(): ReactNode {
  const { t } = usePreferences();
  const { scene } = useLive();
  const [{ node }] = useView(overviewView);
  if (scene === undefined) return <Waiting />;
  const { overview } = scene;
  if (overview.nodes.length === 0) return <Empty />;
  return (
    <div className="page">
      <div className="headline">
        <h1>{t("overview.title")}</h1>
        <Sentence overview={overview} />
      </div>
      <Problems overview={overview} />
      <Counters scene={scene} />
      <MapPanel overview={overview} />
      <div className="pair">
        <Recent scene={scene} />
        <Suspense fallback={<div className="panel traffic bone" />}>
          <Traffic history={overview.history} />
        </Suspense>
      </div>
      {node !== undefined && <Detail id={node} scene={scene} />}
    </div>
  );
}

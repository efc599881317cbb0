import "./overview.css";
import { lazy, Suspense, type ReactNode } from "react";
import type { Health, Overview } from "../../api/overview.ts";
import type { Translate } from "../../i18n/messages.ts";
import { Page } from "../../ui/page.tsx";
import { useLive } from "../../live.tsx";
import { usePreferences } from "../../preferences.tsx";
import { Changes } from "./changes.tsx";
import { Counters } from "./counters.tsx";
import { Detail } from "./detail.tsx";
import { Empty } from "./empty.tsx";
import { MapPanel } from "./map-panel.tsx";
import { Problems } from "./problems.tsx";
import { Recent } from "./recent.tsx";
import { useIdle } from "../../ui/idle.ts";
import { insistent } from "../../ui/loaded.ts";
import { useView } from "../../view.ts";
import { overviewView } from "./view.ts";

const Traffic = lazy(() => insistent(() => import("./traffic.tsx")));

/** What the page says first: whether all is well, in words and as a state. */
function sentenceOf(
  t: Translate,
  { nodes, problems }: Overview,
): { readonly sentence: string; readonly health: Health } {
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
  return { health, sentence: t(`overview.${health}`, health === "ok" ? all : counts) };
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
  const idle = useIdle();
  if (scene === undefined) return <Waiting />;
  const { overview } = scene;
  if (overview.nodes.length === 0) return <Empty />;
  return (
    <Page title={t("overview.title")} {...sentenceOf(t, overview)}>
      <Problems overview={overview} />
      <Counters scene={scene} />
      <MapPanel overview={overview} idle={idle} />
      <div className="pair">
        {idle ? (
          <>
            <Recent scene={scene} />
            <div className="stack">
              <Suspense fallback={<div className="panel traffic bone" />}>
                <Traffic history={overview.history} />
              </Suspense>
              <Changes />
            </div>
          </>
        ) : (
          <div className="panel traffic bone" />
        )}
      </div>
      {node !== undefined && <Detail id={node} scene={scene} />}
    </Page>
  );
}

import { lazy, Suspense, type ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import { useApi } from "../../api/query.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { useLive } from "../../live.tsx";
import { Tag } from "../../ui/badge.tsx";
import { Go, useName } from "../../ui/go.tsx";
import { KindIcon } from "../../ui/icons.tsx";
import { Page } from "../../ui/page.tsx";
import { PageOf } from "../../ui/page-of.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { oneOf, useView, type Parameters } from "../../view.ts";
import { About } from "./about.tsx";
import { Routes } from "./routes.tsx";
import { Loading } from "../../ui/states.tsx";
import { insistent } from "../../ui/loaded.ts";
import { useText } from "./text.ts";

const Performance = lazy(() =>
  insistent(() => import("../observability/traces/apm/performance.tsx")).then((found) => ({
    default: found.Performance,
  })),
);
const ObservedService = lazy(() =>
  insistent(() => import("../observability/traces/apm/performance.tsx")).then((found) => ({
    default: found.ObservedService,
  })),
);

/** One service as the API describes it. */
export type Service = AnswerOf<"/services/{name}", "get">;

type TabName = "overview" | "performance" | "routes";
const view: Parameters<{ readonly tab: TabName }> = {
  tab: oneOf(["overview", "performance", "routes"]),
};
const refreshMs = 5_000;

function Sentence({ service }: { service: Service }): ReactNode {
  const { t } = useText();
  const part = useLive().scene?.overview.nodes.find(({ id }) => id === `service/${service.name}`);
  const running = service.instances.filter(({ state }) => state === "running").length;
  return t("service.sentence", {
    health: running === 0 ? "down" : (part?.health ?? "unknown"),
    rate: format.shortNumber(part?.ratePerSecond ?? 0),
    share: format.percent(part?.errorRate ?? 0),
    running,
    count: service.instances.length,
  });
}

function Service({ service }: { service: Service }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [{ tab = "overview" }, set] = useView(view);
  const part = scene?.overview.nodes.find(({ id }) => id === `service/${service.name}`);
  const isDown = service.instances.every(({ state }) => state !== "running");
  return (
    <Page
      title={shown(service.name, 120)}
      mark={<KindIcon kind="service" size={20} />}
      above={<Go to="/services">{t("services.title")}</Go>}
      health={isDown ? "failing" : (part?.health ?? "unknown")}
      sentence={<Sentence service={service} />}
      actions={<Tag>{t(service.open ? "services.open" : "services.keyed")}</Tag>}
    >
      {service.description !== "" && (
        <p className="prose">
          <bdi>{shown(service.description, 600)}</bdi>
        </p>
      )}
      <Tabs
        label={t("service.views", { name: isolated(service.name, 80) })}
        value={tab}
        onChange={(name) => set({ tab: name === "overview" ? undefined : name }, { push: true })}
        tabs={[
          {
            name: "overview",
            label: t("service.overview"),
            content: () => <About service={service} />,
          },
          {
            name: "performance",
            label: t("service.performance"),
            content: () => (
              <Suspense fallback={<Loading />}>
                <Performance service={service.name} />
              </Suspense>
            ),
          },
          {
            name: "routes",
            label: t("service.routes"),
            count: service.routes.length,
            content: () => <Routes service={service} />,
          },
        ]}
      />
    </Page>
  );
}

/** One service: how it fares, what it holds, what it answers to. */
export default function ServicePage(): ReactNode {
  const { t } = useText();
  const name = useName();
  const query = useApi("/services/{name}", { path: { name } }, { everyMs: refreshMs });
  const above = <Go to="/services">{t("services.title")}</Go>;
  const { tab } = useView(view)[0];
  // Whoever comes for how it performs finds that of services too that others declare.
  if (tab === "performance" && query.error?.code === "MOR_NOT_FOUND") {
    return (
      <Suspense fallback={<Loading />}>
        <ObservedService service={name} above={above} />
      </Suspense>
    );
  }
  return (
    <PageOf of={query} title={shown(name, 120)} above={above}>
      {(service) => <Service key={name} service={service} />}
    </PageOf>
  );
}

import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../../../api/query.ts";
import type { Overview, Health } from "../../../api/overview.ts";
import { useLive } from "../../../live.tsx";
import { placeOf } from "../../../places.ts";
import { Page } from "../../../ui/page.tsx";
import { Answer } from "../../../ui/states.tsx";
import { Tabs, type Tab } from "../../../ui/tabs.tsx";
import { useView } from "../../../view.ts";
import { useText, type Say } from "../text.ts";
import { Archive } from "./archive.tsx";
import { CatalogueTab } from "./catalogue.tsx";
import { EventDrawer } from "./drawer.tsx";
import { Explain } from "./explain.tsx";
import type { Catalogue } from "./log.ts";
import { Replays } from "./replays.tsx";
import { Tail } from "./tail.tsx";
import { eventsView, type EventsTab } from "./view.ts";

interface Verdict {
  readonly sentence: string;
  readonly health: Health;
}

/** Whether what is published reaches whom it should: problems of events and of their queues. */
function verdictOf(t: Say, { events }: Catalogue, overview: Overview | undefined): Verdict {
  const consumers = events.flatMap((event) => event.consumers);
  const subjects = new Set([
    ...events.map(({ name }) => `event/${name}`),
    ...consumers.map(({ queue }) => `queue/${queue}`),
  ]);
  const found = overview?.problems.filter(({ subject }) => subjects.has(subject)) ?? [];
  const counts = { events: events.length, subscriptions: consumers.length };
  if (found.length === 0) return { health: "ok", sentence: t("events.ok", counts) };
  const isFailing = found.some(({ severity }) => severity === "failing");
  const stuck = new Set(found.map(({ subject }) => subject)).size;
  return {
    health: isFailing ? "failing" : "warning",
    sentence: t("events.stuck", { count: stuck, ...counts }),
  };
}

function tabsOf(t: Say, catalogue: Catalogue, open: (name: string) => void): Tab<EventsTab>[] {
  return [
    {
      name: "catalogue",
      label: t("events.catalogue"),
      count: catalogue.events.length,
      content: () => <CatalogueTab catalogue={catalogue} onOpen={open} />,
    },
    { name: "tail", label: t("events.tail"), content: () => <Tail /> },
    { name: "log", label: t("events.log"), content: () => <Archive catalogue={catalogue} /> },
    {
      name: "replays",
      label: t("events.replays"),
      content: () => <Replays catalogue={catalogue} />,
    },
    {
      name: "explain",
      label: t("events.explain"),
      content: () => <Explain catalogue={catalogue} />,
    },
  ];
}

/** The page of all events: the catalogue, what flows, what flowed, replays, and why. */
export default function EventsPage(): ReactNode {
  const { t } = useText();
  const [{ tab = "catalogue", event }, set] = useView(eventsView);
  const { scene } = useLive();
  const navigate = useNavigate();
  const query = useApi("/events", {}, { everyMs: 5000 });
  const open = (name: string): void => void navigate({ to: placeOf("event", name) ?? "/events" });
  const verdict = query.data === undefined ? {} : verdictOf(t, query.data, scene?.overview);
  return (
    <Page title={t("kinds.event")} {...verdict}>
      <Answer of={query}>
        {(catalogue) => (
          <Tabs
            label={t("kinds.event")}
            tabs={tabsOf(t, catalogue, open)}
            value={tab}
            onChange={(next) =>
              set({ tab: next, event: undefined, replay: undefined }, { push: true })
            }
          />
        )}
      </Answer>
      {event !== undefined && <EventDrawer id={event} onClose={() => set({ event: undefined })} />}
    </Page>
  );
}

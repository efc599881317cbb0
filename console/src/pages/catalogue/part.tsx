import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, type ComponentType, type ReactNode } from "react";
import { NotFound } from "../../shell/trouble.tsx";
import { Go } from "../../ui/go.tsx";
import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";
import { parts } from "./parts.ts";
import { useText } from "./text.ts";

const components = new Map<string, ComponentType>(parts.map(({ id, load }) => [id, lazy(load)]));

/** One part of the design system, in its states. */
export default function PartPage(): ReactNode {
  const { t, locale } = useText();
  const { part: id } = useParams({ strict: false }) as { part?: string };
  const part = parts.find((one) => one.id === id);
  const Component = components.get(id ?? "");
  if (part === undefined || Component === undefined) return <NotFound />;
  return (
    <Page
      title={part.title[locale]}
      above={
        <Go to="/console/ui" className="link">
          {t("ui.title")}
        </Go>
      }
    >
      <Suspense fallback={<Loading />}>
        <Component />
      </Suspense>
    </Page>
  );
}

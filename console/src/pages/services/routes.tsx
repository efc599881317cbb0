import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { readDocument } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { shown } from "../../i18n/foreign.ts";
import { Tag } from "../../ui/badge.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { SearchField } from "../../ui/field.tsx";
import { Panel } from "../../ui/page.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { oneOf, text, useView, type Parameters } from "../../view.ts";
import { operationOf, type OpenApi, type Operation } from "./operation.ts";
import { Shape } from "./shape.tsx";
import type { Service } from "./service.tsx";
import { useText } from "./text.ts";
import { TryIt } from "./try-it.tsx";

type Route = Service["routes"][number];

interface RoutesView {
  /** `post /orders/{id}` */
  readonly route: string;
  readonly part: "shape";
  readonly find: string;
}

const view: Parameters<RoutesView> = { route: text(), part: oneOf(["shape"]), find: text(100) };

const sample = `import { get, service } from "morning-ai";

const hello = service("hello", {
  routes: () => [get("/greetings/:name", ({ params }) => ({ text: params.name }))],
});`;

const idOf = ({ method, path }: Route): string => `${method} ${path}`;

/** The document of everything that answers, read once. */
function useDocument(enabled: boolean): UseQueryResult<OpenApi, Problem> {
  return useQuery<OpenApi, Problem>({
    queryKey: ["openapi"],
    queryFn: async ({ signal }) => (await readDocument("/openapi.json", signal)) as OpenApi,
    staleTime: Infinity,
    enabled,
  });
}

function useColumns(): readonly Column<Route>[] {
  const { t } = useText();
  return [
    {
      id: "method",
      title: t("route.method"),
      value: ({ method }) => method,
      cell: ({ method }) => <Tag mono>{method.toUpperCase()}</Tag>,
      width: 90,
      priority: 1,
    },
    {
      id: "path",
      title: t("route.path"),
      value: ({ path }) => path,
      cell: ({ path }) => <bdi className="mono">{shown(path, 200)}</bdi>,
      width: 190,
      grows: true,
      priority: 1,
    },
    {
      id: "summary",
      title: t("route.summary"),
      value: ({ summary }) => summary,
      cell: ({ summary }) => <bdi>{summary === "" ? "–" : shown(summary, 200)}</bdi>,
      width: 220,
      grows: true,
      priority: 2,
    },
  ];
}

interface RouteDrawerProps {
  readonly service: Service;
  readonly route: Route;
  readonly operation: Operation;
  readonly components: unknown;
}

function RouteParts({ service, route, operation, components }: RouteDrawerProps): ReactNode {
  const { t } = useText();
  const [{ part }, set] = useView(view);
  return (
    <>
      {(route.summary !== "" || operation.description !== "") && (
        <p className="prose">
          <bdi>{shown(operation.description || route.summary, 600)}</bdi>
        </p>
      )}
      <Tabs
        label={t("route.views")}
        value={part ?? "try"}
        onChange={(name) => set({ part: name === "try" ? undefined : name })}
        tabs={[
          {
            name: "try",
            label: t("route.try"),
            content: () => (
              <TryIt
                key={idOf(route)}
                isOpen={service.open}
                operation={operation}
                components={components}
              />
            ),
          },
          {
            name: "shape",
            label: t("route.shape"),
            content: () => <Shape operation={operation} components={components} />,
          },
        ]}
      />
    </>
  );
}

/** The routes of a service; one of them, opened, can be tried. */
export function Routes({ service }: { service: Service }): ReactNode {
  const { t } = useText();
  const [{ route: opened, find = "" }, set] = useView(view);
  const columns = useColumns();
  const wanted = find.toLowerCase();
  const rows = service.routes.filter((route) =>
    `${idOf(route)} ${route.summary}`.toLowerCase().includes(wanted),
  );
  const route = service.routes.find((one) => idOf(one) === opened);
  const query = useDocument(route !== undefined);
  const close = (): void => set({ route: undefined, part: undefined });
  return (
    <Panel title={t("service.routes")} hint={t("route.hint")} flush>
      <Table
        label={t("service.routes")}
        name="routes"
        columns={columns}
        rows={rows}
        rowKey={idOf}
        opened={opened}
        onOpen={(row) => set({ route: idOf(row), part: undefined }, { push: true })}
        filters={
          service.routes.length > 0 && (
            <SearchField
              label={t("route.find")}
              value={find}
              onChange={(next) => set({ find: next === "" ? undefined : next })}
            />
          )
        }
        empty={
          service.routes.length === 0 ? (
            <Empty title={t("route.none")} text={t("route.noneText")} code={sample} />
          ) : (
            <Empty title={t("route.noneOf")} />
          )
        }
      />
      {opened !== undefined && (
        <Drawer
          wide
          about={opened}
          kicker={<bdi className="mono">/svc/{shown(service.name, 60)}</bdi>}
          title={
            <span className="row">
              <Tag mono>{(route?.method ?? "").toUpperCase()}</Tag>
              <bdi className="mono">{shown(route?.path ?? opened, 200)}</bdi>
            </span>
          }
          onClose={close}
        >
          {route === undefined ? (
            <Empty title={t("route.gone")} />
          ) : (
            <Answer of={query}>
              {(document) => {
                const operation = operationOf(document, service.name, route.method, route.path);
                return operation === undefined ? (
                  <Empty title={t("route.undocumented")} />
                ) : (
                  <RouteParts
                    service={service}
                    route={route}
                    operation={operation}
                    components={document.components}
                  />
                );
              }}
            </Answer>
          )}
        </Drawer>
      )}
    </Panel>
  );
}

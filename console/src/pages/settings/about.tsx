import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { readDocument, type AnswerOf } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import { useApi } from "../../api/query.ts";
import { shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { useNow } from "../../now.ts";
import { Tag } from "../../ui/badge.tsx";
import { Drawer } from "../../ui/drawer.tsx";
import { Facts } from "../../ui/figures.tsx";
import { SearchField } from "../../ui/field.tsx";
import { kindName } from "../../ui/names.ts";
import { Panel } from "../../ui/page.tsx";
import { Answer, Empty } from "../../ui/states.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { At } from "../../ui/time.tsx";
import { TextView } from "../../ui/viewer/view.tsx";
import { text, useView, type Parameters } from "../../view.ts";
import { useText } from "./text.ts";

type Platform = AnswerOf<"/platform", "get">;

/** A package that runs here or is part of this page; the console's build lists them. */
interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly homepage: string;
  readonly text: string;
  readonly parts: readonly ("platform" | "console")[];
}

const view: Parameters<{ readonly package: string; readonly find: string }> = {
  package: text(200),
  find: text(100),
};

function usePackages(): UseQueryResult<readonly Package[], Problem> {
  return useQuery<readonly Package[], Problem>({
    queryKey: ["licenses"],
    queryFn: async ({ signal }) => {
      const document = (await readDocument("/licenses.json", signal)) as {
        readonly packages: readonly Package[];
      };
      return document.packages;
    },
    staleTime: Infinity,
  });
}

const idOf = ({ name, version }: Package): string => `${name}@${version}`;

function useColumns(): readonly Column<Package>[] {
  const { t } = useText();
  const where = { platform: t("packages.platform"), console: t("packages.console") };
  return [
    {
      id: "name",
      title: t("packages.name"),
      value: ({ name }) => name,
      cell: ({ name }) => <bdi className="mono">{shown(name, 100)}</bdi>,
      width: 150,
      grows: true,
      priority: 1,
    },
    {
      id: "version",
      title: t("about.version"),
      value: ({ version }) => version,
      cell: ({ version }) => <bdi className="mono">{shown(version, 40)}</bdi>,
      width: 96,
      priority: 2,
    },
    {
      id: "license",
      title: t("packages.license"),
      value: ({ license }) => license,
      cell: ({ license }) => <bdi>{shown(license || "–", 80)}</bdi>,
      width: 110,
      priority: 1,
    },
    {
      id: "parts",
      title: t("packages.part"),
      value: ({ parts }) => parts.join(" "),
      cell: ({ parts }) => (
        <span className="row">
          {parts.map((part) => (
            <Tag key={part}>{where[part]}</Tag>
          ))}
        </span>
      ),
      width: 150,
      priority: 3,
    },
  ];
}

function Packages({ packages }: { packages: readonly Package[] }): ReactNode {
  const { t } = useText();
  const [{ package: opened, find = "" }, set] = useView(view);
  const columns = useColumns();
  const wanted = find.toLowerCase();
  const rows = packages.filter((one) =>
    `${one.name} ${one.license}`.toLowerCase().includes(wanted),
  );
  const open = packages.find((one) => idOf(one) === opened);
  return (
    <>
      <Table
        label={t("packages.title")}
        name="packages"
        columns={columns}
        rows={rows}
        rowKey={idOf}
        opened={opened}
        onOpen={(one) => set({ package: idOf(one) }, { push: true })}
        filters={
          <SearchField
            label={t("packages.find")}
            value={find}
            onChange={(next) => set({ find: next === "" ? undefined : next })}
          />
        }
        empty={<Empty title={t("packages.none")} />}
      />
      {open !== undefined && (
        <Drawer
          wide
          about={idOf(open)}
          kicker={shown(open.license, 80)}
          title={<bdi className="mono">{shown(idOf(open), 160)}</bdi>}
          onClose={() => set({ package: undefined })}
        >
          {open.text === "" ? (
            <p className="prose">{t("packages.noText")}</p>
          ) : (
            <TextView text={open.text} label={t("packages.text")} />
          )}
        </Drawer>
      )}
    </>
  );
}

function Running({ platform }: { platform: Platform }): ReactNode {
  const { t, locale } = useText();
  const nowMs = useNow(true);
  const { app, environment, version, node, startedAtMs, isolated: apart, kinds } = platform;
  return (
    <Facts
      facts={[
        [
          t("about.app"),
          <span key="app">
            <bdi>{shown(app.name, 100)}</bdi>{" "}
            {app.description !== "" && <bdi className="hint">{shown(app.description, 300)}</bdi>}
          </span>,
        ],
        [t("about.environment"), <Tag key="environment">{shown(environment, 60)}</Tag>],
        [t("about.version"), <bdi key="version">{shown(version, 60)}</bdi>],
        [t("about.node"), <bdi key="node">{shown(node, 60)}</bdi>],
        [t("about.started"), <At key="started" atMs={startedAtMs} />],
        [t("about.uptime"), format.age(nowMs - startedAtMs, locale)],
        [t("about.services"), t(apart ? "about.apart" : "about.together")],
        [t("about.kinds"), kinds.map((kind) => kindName(t, kind)).join(t("about.and"))],
      ]}
    />
  );
}

/** What runs here: the app, the platform, and all that they are made with. */
export function About(): ReactNode {
  const { t } = useText();
  const platform = useApi("/platform", {});
  const packages = usePackages();
  return (
    <>
      <Panel title={t("about.title")}>
        <Answer of={platform}>{(data) => <Running platform={data} />}</Answer>
      </Panel>
      <Panel title={t("packages.title")} hint={t("packages.hint")} flush>
        <Answer of={packages}>{(data) => <Packages packages={data} />}</Answer>
      </Panel>
    </>
  );
}

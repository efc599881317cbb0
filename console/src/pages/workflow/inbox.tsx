import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AnswerOf } from "../../api/client.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { ResourceLink } from "../../ui/go.tsx";
import { Panel } from "../../ui/page.tsx";
import { Table, type Column } from "../../ui/table/table.tsx";
import { Ago } from "../../ui/time.tsx";
import { Answer } from "./answer.tsx";
import { RunLink } from "./runs-columns.tsx";
import { runPath } from "./status.tsx";
import { useText } from "./text.ts";

/** A callback that waits for an answer. */
export type Callback = AnswerOf<"/workflow-callbacks", "get">["callbacks"][number];

/** Callbacks that are listed; the oldest come first. */
export const callbacksMax = 500;

const aboutMax = 160;

/** What somebody decides about, in a line: attributes, what is asked; else the input. */
function aboutText({ attributes, about, input }: Callback): string {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}: ${value}`);
  const said = [...pairs, ...(about === null ? [] : [about.json])];
  return said.length > 0 ? said.join(" · ") : (input?.json ?? "");
}

function About({ callback }: { callback: Callback }): ReactNode {
  const text = aboutText(callback);
  if (text === "") return <span className="none">–</span>;
  return <bdi title={isolated(text, 600)}>{shown(text, aboutMax)}</bdi>;
}

function useColumns(ofAll: boolean): readonly Column<Callback>[] {
  const { t } = useText();
  return [
    {
      id: "name",
      title: t("inbox.name"),
      value: ({ name }) => name,
      cell: ({ name }) => (
        <strong>
          <bdi>{shown(name, 120)}</bdi>
        </strong>
      ),
      width: 120,
      grows: true,
      priority: 1,
    },
    {
      id: "run",
      title: t("runs.id"),
      value: ({ run }) => run,
      cell: ({ run }) => <RunLink id={run} />,
      width: 150,
      grows: true,
      priority: 2,
    },
    {
      id: "about",
      title: t("inbox.about"),
      value: aboutText,
      cell: (callback) => <About callback={callback} />,
      width: 200,
      grows: true,
      priority: 2,
      sorts: false,
    },
    ...(ofAll
      ? [
          {
            id: "workflow",
            title: t("workflow.one"),
            value: ({ workflow }: Callback) => workflow,
            cell: ({ workflow }: Callback) => <ResourceLink kind="workflow" name={workflow} />,
            width: 140,
            priority: 3,
          },
        ]
      : []),
    {
      id: "since",
      title: t("inbox.since"),
      value: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => <Ago atMs={startedAtMs} />,
      width: 116,
      priority: 3,
    },
    {
      id: "due",
      title: t("inbox.due"),
      value: ({ dueAtMs }) => dueAtMs,
      cell: ({ dueAtMs }) => <Ago atMs={dueAtMs} />,
      width: 116,
      priority: 4,
    },
    {
      id: "answer",
      title: t("inbox.answer"),
      value: () => undefined,
      cell: (waiting) => <Answer waiting={waiting} />,
      width: 216,
      priority: 1,
      sorts: false,
    },
  ];
}

/** What waits for somebody's answer, the oldest first. Nothing where nothing waits. */
export function Inbox({
  callbacks,
  ofAll,
}: {
  callbacks: readonly Callback[];
  /** Of all workflows: which one is told. */
  ofAll: boolean;
}): ReactNode {
  const { t } = useText();
  const navigate = useNavigate();
  const columns = useColumns(ofAll);
  if (callbacks.length === 0) return null;
  return (
    <Panel title={t("inbox.title", { count: callbacks.length })} hint={t("inbox.hint")} flush>
      <Table
        label={t("inbox.label")}
        name="inbox"
        columns={columns}
        rows={callbacks}
        rowKey={({ run, at }) => `${run} ${at}`}
        onOpen={({ run, at }) =>
          void navigate({ to: runPath(run) as ".", search: { entry: at } as never })
        }
        rowsMax={6}
      />
    </Panel>
  );
}

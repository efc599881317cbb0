import { useState, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import { useApi } from "../../../api/query.ts";
import type { Scene, Task } from "../../../api/scene.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { ActionButton } from "../../../ui/action.tsx";
import { Badge } from "../../../ui/badge.tsx";
import { Progress } from "../../../ui/field.tsx";
import { Count } from "../../../ui/figures.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table/table.tsx";
import { Ago } from "../../../ui/time.tsx";
import { useText } from "../text.ts";
import { redrive } from "./dead-calls.ts";
import { livingOf, type QueueScene } from "./scene.ts";
import { purge } from "./purge.tsx";

const rateMax = 500;

/** The redrives of a dead-letter queue that run, or have ended within the last minute. */
export const tasksOf = (scene: Scene | undefined, dead: string): readonly Task[] =>
  (scene?.tasks ?? []).filter(
    ({ kind, resource }) => kind === "redrive" && resource === `queue/${dead}`,
  );

/** A queue has one redrive at a time. */
export const isRunning = (tasks: readonly Task[]): boolean =>
  tasks.some(({ state }) => state === "running");

function Rate({ text, onChange }: { text: string; onChange: (text: string) => void }): ReactNode {
  const { t } = useText();
  return (
    <label className="field">
      <span>{t("queue.redriveRate")}</span>
      <input
        className="input"
        type="number"
        min={1}
        max={rateMax}
        step={1}
        inputMode="numeric"
        placeholder={t("queue.redriveFast")}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

/** How far a redrive is, and the button that stops it. */
function Running({ task, nowMs }: { task: Task; nowMs: number }): ReactNode {
  const { t, locale } = useText();
  const { id, state, done, total, startedAtMs, error } = task;
  const words = (value: number): string => format.count(value, locale);
  const seconds = Math.max(0.001, (nowMs - startedAtMs) / 1000);
  const left = ((total ?? done) - done) / Math.max(done / seconds, 0.001);
  const counts = { done: words(done), total: words(total ?? done) };
  const isAlive = state === "running";
  const said = isAlive
    ? done === 0
      ? t("queue.redriving", counts)
      : t("queue.redrivingFor", { ...counts, left: format.age(left * 1000, locale) })
    : t("queue.redriven", counts);
  return (
    <div className="stack" role="status">
      <div className="row">
        <RedriveState state={state} />
        <span>{said}</span>
        <span className="spring" />
        {isAlive && (
          <ActionButton
            label={t("queue.stop")}
            icon="stop"
            run={() => call("delete", "/redrives/{id}", { path: { id } })}
            done={() => t("queue.stopped")}
          />
        )}
      </div>
      <Progress label={t("queue.redrive")} done={done} total={total} />
      {error !== undefined && <p className="field-problem">{shown(error)}</p>}
    </div>
  );
}

function RedriveState({ state }: { state: string }): ReactNode {
  const { t } = useText();
  if (state === "running") return <Badge health="unknown">{t("queue.task.running")}</Badge>;
  if (state === "failed") return <Badge health="failing">{t("queue.task.failed")}</Badge>;
  if (state === "cancelled") return <Badge health="warning">{t("queue.task.cancelled")}</Badge>;
  return <Badge health="ok">{t("queue.task.done")}</Badge>;
}

/** All dead letters of a queue at once: sent again, at a rate, or deleted. */
export function RedriveAll({ dead, scene }: { dead: string; scene: QueueScene }): ReactNode {
  const { t } = useText();
  const { scene: live } = useLive();
  const [text, setText] = useState("");
  const query = useApi("/queues/{name}", { path: { name: dead } }, { everyMs: 2000 });
  const tasks = tasksOf(live, dead);
  const stats = query.data?.stats;
  const count = stats === undefined ? 0 : stats.visible + stats.inFlight + stats.delayed;
  // One letter that was sent again is over before anybody could read about it.
  const told = tasks.filter(({ state, total }) => state !== "completed" || (total ?? 0) > 1);
  if (count === 0 && told.length === 0) return null;
  const to = livingOf(scene)?.name;
  const rate = text === "" ? undefined : Number(text);
  const target = to === undefined ? t("queue.redriveBack") : isolated(to, 80);
  const actions = count > 0 && (
    <>
      <ActionButton
        label={t("queue.redriveAll")}
        icon="undo"
        tone="main"
        disabled={isRunning(tasks)}
        confirm={{
          title: t("queue.redriveTitle", { count }),
          text: (
            <div className="stack">
              <p>{t("queue.redriveText", { count, name: target })}</p>
              <Rate text={text} onChange={setText} />
            </div>
          ),
          button: t("queue.redriveAll"),
        }}
        run={() => redrive(scene, { rate, to })}
        done={() => t("queue.redriveStarted")}
      />
      <ActionButton
        label={t("queue.deleteAll")}
        icon="trash"
        tone="danger"
        disabled={isRunning(tasks)}
        confirm={{
          title: t("queue.deleteAllTitle", { count }),
          text: t("queue.deleteAllText", { count, name: isolated(dead, 80) }),
          button: t("queue.deleteAll"),
          word: dead,
        }}
        run={() => purge(dead)}
        done={({ dropped }) => t("queue.purged", { count: dropped ?? count })}
      />
    </>
  );
  return (
    <Panel title={t("queue.lying", { count })} actions={<span className="row">{actions}</span>}>
      <p className="prose">{t("queue.lyingText")}</p>
      {told.map((task) => (
        <Running key={task.id} task={task} nowMs={live?.overview.nowMs ?? task.startedAtMs} />
      ))}
    </Panel>
  );
}

type Redrive = AnswerOf<"/queues/{name}/redrives", "get">["redrives"][number];

/** The redrives there have been. */
export function Redrives({ name }: { name: string }): ReactNode {
  const { t } = useText();
  const { data } = useApi("/queues/{name}/redrives", { path: { name } }, { everyMs: 5000 });
  const redrives = data?.redrives ?? [];
  if (redrives.length === 0) return null;
  const columns: readonly Column<Redrive>[] = [
    {
      id: "started",
      title: t("queue.started"),
      value: ({ startedAtMs }) => startedAtMs,
      cell: ({ startedAtMs }) => <Ago atMs={startedAtMs} />,
      width: 112,
      priority: 1,
    },
    {
      id: "state",
      title: t("queues.state"),
      value: ({ state }) => state,
      cell: ({ state }) => <RedriveState state={state} />,
      width: 112,
      priority: 1,
    },
    {
      id: "moved",
      title: t("queue.moved"),
      value: ({ moved }) => moved,
      cell: ({ moved }) => <Count value={moved} />,
      width: 84,
      align: "end",
      priority: 1,
    },
    {
      id: "total",
      title: t("queue.total"),
      value: ({ total }) => total,
      cell: ({ total }) => <Count value={total} />,
      width: 84,
      align: "end",
      priority: 2,
    },
    {
      id: "error",
      title: t("queue.error"),
      value: ({ error }) => error,
      cell: ({ error }) => <bdi>{error === undefined ? "–" : shown(error, 200)}</bdi>,
      width: 140,
      grows: true,
      priority: 3,
    },
  ];
  return (
    <Panel title={t("queue.redrives")} flush>
      <Table
        label={t("queue.redrives")}
        name="redrives"
        columns={columns}
        rows={redrives}
        rowKey={({ id }) => id}
        rowsMax={6}
      />
    </Panel>
  );
}

import { useMemo, useState, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { shown } from "../../../i18n/foreign.ts";
import { useLive } from "../../../live.tsx";
import { problemsOf } from "../../../ui/form/problems.ts";
import { sampleOf } from "../../../ui/form/sample.ts";
import { SchemaForm } from "../../../ui/form/schema-form.tsx";
import type { Schema, SchemaPart } from "../../../ui/form/schema.ts";
import { Go } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Needs } from "../../../ui/states.tsx";
import { Timeline } from "../../../ui/timeline.tsx";
import { useText, type Say } from "../text.ts";
import type { QueueScene } from "./scene.ts";

type Sent = AnswerOf<"/queues/{name}/messages", "post">;

interface SentAt extends Sent {
  readonly atMs: number;
  readonly key: string;
}

const listedMax = 8;
const groupMax = 128;
const priorityMax = 100;

/** What may be said with a message, as its queue and its driver allow. */
function optionsSchema(t: Say, { queue, driver }: QueueScene): Schema {
  const { fifo, contentDeduplication } = queue.spec;
  const id = { type: "string", minLength: 1, maxLength: groupMax } as const;
  const { delayMsMax, priority, fair } = driver;
  const group = {
    ...id,
    title: t("queue.group"),
    description: t(fifo ? "queue.groupOrderHint" : "queue.groupHint"),
  };
  const deduplicationId = {
    ...id,
    title: t("queue.deduplicationId"),
    description: t("queue.deduplicationHint"),
  };
  const delaySeconds = {
    type: "integer",
    minimum: 0,
    ...(typeof delayMsMax === "number" ? { maximum: Math.floor(delayMsMax / 1000) } : {}),
    title: t("queue.delay"),
  };
  const level = {
    type: "integer",
    minimum: -priorityMax,
    maximum: priorityMax,
    default: 0,
    title: t("queue.priority"),
    description: t("queue.priorityHint"),
  };
  const properties = fifo
    ? { group, deduplicationId }
    : {
        ...(fair === true ? { group } : {}),
        delaySeconds,
        ...(priority === true ? { priority: level } : {}),
      };
  const required = fifo ? ["group", ...(contentDeduplication ? [] : ["deduplicationId"])] : [];
  return { type: "object", properties, required, additionalProperties: false };
}

interface Options {
  readonly group?: string;
  readonly deduplicationId?: string;
  readonly delaySeconds?: number;
  readonly priority?: number;
}

/** Sends one message, its delay in the milliseconds of the API. */
function send(name: string, message: unknown, options: Options): Promise<Sent> {
  const { delaySeconds, ...rest } = options;
  const delay = delaySeconds === undefined ? {} : { delayMs: delaySeconds * 1000 };
  return call("post", "/queues/{name}/messages", {
    path: { name },
    body: { message, options: { ...rest, ...delay } },
  });
}

const outcomeKeys = {
  sent: "queue.outcome.sent",
  skipped: "queue.outcome.skipped",
  debounced: "queue.outcome.debounced",
} as const;

/** What this page has sent, each linked to where it lies as long as it does. */
function SentList({ sent }: { sent: readonly SentAt[] }): ReactNode {
  const { t } = useText();
  if (sent.length === 0) return null;
  return (
    <Panel title={t("queue.sentHere")} hint={t("queue.sentHint")}>
      <Timeline
        entries={sent.map(({ key, atMs, id, outcome, duplicate }) => ({
          id: key,
          atMs,
          title: t(duplicate === true ? "queue.outcome.duplicate" : outcomeKeys[outcome]),
          icon: "send" as const,
          text:
            id === "" ? undefined : (
              <Go to="." search={{ tab: "messages", message: id }} className="link mono">
                {shown(id, 60)}
              </Go>
            ),
        }))}
      />
    </Panel>
  );
}

function Form({ scene }: { scene: QueueScene }): ReactNode {
  const { t } = useText();
  const { scene: live } = useLive();
  const { name, message } = scene.queue;
  const schema = useMemo<SchemaPart>(
    () => (message as Schema | undefined) ?? true,
    // The same schema comes anew with every answer.
    [JSON.stringify(message)],
  );
  const optional = useMemo(() => optionsSchema(t, scene), [t, name]);
  const [value, setValue] = useState<unknown>(() => sampleOf(schema));
  const [options, setOptions] = useState<unknown>(() =>
    scene.queue.spec.fifo ? sampleOf(optional) : {},
  );
  const [unfinished, setUnfinished] = useState(false);
  const [sent, setSent] = useState<readonly SentAt[]>([]);
  const isReady =
    !unfinished && problemsOf(schema, value).size === 0 && problemsOf(optional, options).size === 0;
  const keep = (answer: Sent): void => {
    const atMs = live?.overview.nowMs ?? 0;
    const entry = { ...answer, atMs, key: `${sent.length} ${answer.id}` };
    setSent([entry, ...sent].slice(0, listedMax));
  };
  return (
    <>
      <Panel title={t("queue.send")}>
        <p className="prose">{t("queue.sendText")}</p>
        <SchemaForm
          schema={schema}
          value={value}
          onChange={setValue}
          label={t("queue.message")}
          onUnfinished={setUnfinished}
        />
        <h3>{t("queue.options")}</h3>
        <SchemaForm
          schema={optional}
          value={options}
          onChange={setOptions}
          label={t("queue.options")}
        />
        <div className="row">
          <ActionButton
            label={t("queue.sendButton")}
            icon="send"
            tone="main"
            disabled={!isReady}
            run={() => send(name, value, options as Options)}
            done={({ outcome, duplicate }) =>
              t(duplicate === true ? "queue.outcome.duplicate" : outcomeKeys[outcome])
            }
            then={keep}
          />
          {!isReady && <span className="prose">{t("queue.notReady")}</span>}
        </div>
      </Panel>
      <SentList sent={sent} />
    </>
  );
}

/** Sends a message by hand, in the form that its queue's schema gives. */
export function Send({ scene }: { scene: QueueScene }): ReactNode {
  return (
    <Needs role="operator">
      <Form key={scene.queue.name} scene={scene} />
    </Needs>
  );
}

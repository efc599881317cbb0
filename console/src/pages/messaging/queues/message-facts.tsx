import { useState, type ReactNode } from "react";
import { shown } from "../../../i18n/foreign.ts";
import { Id } from "../../../ui/copy.tsx";
import { Segments } from "../../../ui/field.tsx";
import { Count, Facts } from "../../../ui/figures.tsx";
import { Go, ResourceLink } from "../../../ui/go.tsx";
import { At } from "../../../ui/time.tsx";
import { JsonView, TextView } from "../../../ui/viewer/view.tsx";
import { useText } from "../text.ts";
import { traceOf, type Message } from "./data.ts";
import { stateName } from "./names.ts";

/** A trace by its id, and everything that carries it. */
function Trace({ trace }: { trace: string }): ReactNode {
  const { t } = useText();
  return (
    <>
      <Id id={trace} max={20} />
      <Go to={`/traces/${trace}`} className="link">
        {t("event.openTrace")}
      </Go>
      <Go to="/find" search={{ id: trace }} className="link">
        {t("queue.findTrace")}
      </Go>
    </>
  );
}

/** What is known of a message beside its body. */
function MessageFacts({ message }: { message: Message }): ReactNode {
  const { t } = useText();
  const { group, deduplicationId, sequence, source, priority, traceparent } = message;
  const trace = traceOf(traceparent);
  const own = (value: string | undefined, title: string): readonly [string, ReactNode] | false =>
    value !== undefined && [title, <Id id={value} max={40} />];
  return (
    <Facts
      facts={[
        [t("queue.id"), <Id id={message.id} max={40} />],
        [t("queues.state"), stateName(t, message.state)],
        [t("queue.receives"), <Count value={message.receiveCount} />],
        [t("queue.sent"), <At atMs={message.sentAtMs} />],
        message.state !== "visible" && [t("queue.next"), <At atMs={message.visibleAtMs} />],
        own(group, t("queue.group")),
        own(deduplicationId, t("queue.deduplicationId")),
        own(sequence, t("queue.sequence")),
        priority !== 0 && [t("queue.priority"), priority],
        source !== undefined && [t("queue.source"), <ResourceLink kind="queue" name={source} />],
        trace !== undefined && [t("queue.trace"), <Trace trace={trace} />],
      ]}
    />
  );
}

function Attributes({ attributes }: { attributes: Message["attributes"] }): ReactNode {
  const { t } = useText();
  const entries = Object.entries(attributes);
  if (entries.length === 0) return null;
  return (
    <section>
      <h3>{t("queue.attributes")}</h3>
      <Facts
        facts={entries.map(([name, value]) => [
          shown(name, 80),
          <bdi className="mono">{shown(value, 400)}</bdi>,
        ])}
      />
    </section>
  );
}

/** A message in full: read by people, or as the API answers it. */
export function MessageBody({ message }: { message: Message }): ReactNode {
  const { t } = useText();
  const [form, setForm] = useState<"read" | "raw">("read");
  return (
    <>
      <div className="row">
        <Segments
          label={t("queue.view")}
          value={form}
          options={[
            ["read", t("queue.asRead")],
            ["raw", t("queue.asRaw")],
          ]}
          onChange={setForm}
        />
      </div>
      {form === "raw" ? (
        <JsonView value={JSON.stringify(message)} label={t("queue.asRaw")} />
      ) : (
        <>
          {message.lastError !== undefined && (
            <TextView text={message.lastError} label={t("queue.lastError")} heightMax={200} />
          )}
          <JsonView value={message.body} label={t("queue.body")} />
          <MessageFacts message={message} />
          <Attributes attributes={message.attributes} />
        </>
      )}
    </>
  );
}

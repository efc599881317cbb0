import { useState, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { isolated } from "../../../i18n/foreign.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { problemsOf } from "../../../ui/form/problems.ts";
import { sampleOf } from "../../../ui/form/sample.ts";
import { SchemaForm } from "../../../ui/form/schema-form.tsx";
import type { SchemaPart } from "../../../ui/form/schema.ts";
import { Go } from "../../../ui/go.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Needs } from "../../../ui/states.tsx";
import { useText } from "../text.ts";
import type { CatalogueEvent } from "./log.ts";

function Form({
  event,
  onPublished,
}: {
  event: CatalogueEvent;
  onPublished: (id: string) => void;
}): ReactNode {
  const { t } = useText();
  const { name, consumers } = event;
  const schema = event.schema as SchemaPart;
  const [value, setValue] = useState<unknown>(() => sampleOf(schema));
  const [unfinished, setUnfinished] = useState(false);
  const wrong = problemsOf(schema, value).size;
  return (
    <Panel title={t("event.publish")}>
      <p className="prose">{t("event.publishText", { count: consumers.length })}</p>
      <SchemaForm
        schema={schema}
        value={value}
        onChange={setValue}
        onUnfinished={setUnfinished}
        label={t("event.data")}
      />
      <div className="row">
        <ActionButton
          label={t("event.publish")}
          icon="send"
          tone="main"
          disabled={unfinished || wrong > 0}
          run={() => call("post", "/events", { body: { type: name, data: value } } as never)}
          done={() => t("event.publishDone", { type: isolated(name, 80) })}
          then={(answer) => {
            const { id } = answer as { readonly id?: string };
            if (id !== undefined) onPublished(id);
          }}
        />
        <Go
          to="/events"
          search={{ tab: "explain", ask: JSON.stringify({ type: name, data: value }, null, 2) }}
          className="link"
        >
          {t("event.explainFirst")}
        </Go>
        {wrong > 0 && (
          <span className="field-problem">{t("event.publishWrong", { count: wrong })}</span>
        )}
      </div>
    </Panel>
  );
}

/** Publishes an event by hand, out of a form over its schema. */
export function Publish(props: {
  event: CatalogueEvent;
  /** Told the id of what was published. */
  onPublished: (id: string) => void;
}): ReactNode {
  return (
    <Needs role="operator">
      <Form {...props} />
    </Needs>
  );
}

import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type ReactNode } from "react";
import { call } from "../../api/client.ts";
import { isolated } from "../../i18n/foreign.ts";
import { ActionButton } from "../../ui/action.tsx";
import { problemsOf } from "../../ui/form/problems.ts";
import { sampleOf } from "../../ui/form/sample.ts";
import { SchemaForm } from "../../ui/form/schema-form.tsx";
import type { Schema, SchemaPart } from "../../ui/form/schema.ts";
import { Panel } from "../../ui/page.tsx";
import { Needs } from "../../ui/states.tsx";
import { runPath, type Workflow } from "./status.tsx";
import { useText, type Say } from "./text.ts";

const idMax = 256;
const priorityMax = 100;

interface Options {
  readonly id?: string;
  readonly priority?: number;
}

const optionsSchema = (t: Say): Schema => ({
  type: "object",
  properties: {
    id: {
      type: "string",
      minLength: 1,
      maxLength: idMax,
      title: t("start.id"),
      description: t("start.idHint"),
    },
    priority: {
      type: "integer",
      minimum: -priorityMax,
      maximum: priorityMax,
      default: 0,
      title: t("runs.priority"),
      description: t("start.priorityHint"),
    },
  },
  additionalProperties: false,
});

function Form({ workflow }: { workflow: Workflow }): ReactNode {
  const { t } = useText();
  const navigate = useNavigate();
  const { name, input } = workflow;
  const schema = useMemo<SchemaPart>(
    () => (Object.keys(input).length === 0 ? true : (input as Schema)),
    // The same schema comes anew with every answer.
    [JSON.stringify(input)],
  );
  const optional = useMemo(() => optionsSchema(t), [t]);
  const [value, setValue] = useState<unknown>(() => sampleOf(schema));
  const [options, setOptions] = useState<unknown>({});
  const [unfinished, setUnfinished] = useState(false);
  const isReady =
    !unfinished && problemsOf(schema, value).size === 0 && problemsOf(optional, options).size === 0;
  return (
    <Panel title={t("start.title")}>
      <p className="prose">{t("start.text", { name: isolated(name, 80) })}</p>
      <SchemaForm
        schema={schema}
        value={value}
        onChange={setValue}
        label={t("start.input")}
        onUnfinished={setUnfinished}
      />
      <h3>{t("start.options")}</h3>
      <SchemaForm
        schema={optional}
        value={options}
        onChange={setOptions}
        label={t("start.options")}
      />
      <div className="row">
        <ActionButton
          label={t("start.button")}
          icon="play"
          tone="main"
          disabled={!isReady}
          run={() =>
            call("post", "/workflows/{name}/runs", {
              path: { name },
              body: { input: value, ...(options as Options) },
            })
          }
          done={({ id }) => t("start.done", { id: isolated(id, 80) })}
          then={({ id }) => void navigate({ to: runPath(id) as ".", search: {} as never })}
        />
        {!isReady && <span className="prose">{t("start.notReady")}</span>}
      </div>
    </Panel>
  );
}

/** Starts a run by hand, in the form that the workflow's schema gives. */
export function Start({ workflow }: { workflow: Workflow }): ReactNode {
  return (
    <Needs role="operator">
      <Form key={workflow.name} workflow={workflow} />
    </Needs>
  );
}

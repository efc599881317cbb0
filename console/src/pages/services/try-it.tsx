import { useMemo, useRef, useState, type ReactNode } from "react";
import { send, type Sent } from "../../api/client.ts";
import { useSession } from "../../api/session.tsx";
import type { Health } from "../../api/overview.ts";
import { isolated, shown } from "../../i18n/foreign.ts";
import { ActionButton } from "../../ui/action.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Code, Id } from "../../ui/copy.tsx";
import { Bytes, Duration, Facts } from "../../ui/figures.tsx";
import { problemsOf } from "../../ui/form/problems.ts";
import { sampleOf } from "../../ui/form/sample.ts";
import { SchemaForm } from "../../ui/form/schema-form.tsx";
import { Go } from "../../ui/go.tsx";
import { Needs } from "../../ui/states.tsx";
import { JsonView, TextView } from "../../ui/viewer/view.tsx";
import { curlOf, inputSchema, requestOf, type Input, type Operation } from "./operation.ts";
import { useText } from "./text.ts";

function healthOf(status: number): Health {
  if (status < 400) return "ok";
  return status < 500 ? "warning" : "failing";
}

/** What came back: status, time, trace, headers, body. */
function Answered({ sent }: { sent: Sent }): ReactNode {
  const { t } = useText();
  const { status, tookMs, traceId, headers, contentType, body, size, cut } = sent;
  return (
    <section className="stack" aria-label={t("try.answer")}>
      <h3>{t("try.answer")}</h3>
      <Facts
        facts={[
          [
            t("try.status"),
            <span key="status" className="row" role="status">
              <Badge health={healthOf(status)}>{String(status)}</Badge>
            </span>,
          ],
          [t("try.took"), <Duration key="took" ms={tookMs} />],
          [t("try.size"), <Bytes key="size" size={size} />],
          traceId !== undefined && [
            t("try.trace"),
            <span key="trace" className="row">
              <Id id={traceId} max={16} />
              <Go to="/find" search={{ id: traceId }} className="link">
                {t("try.find")}
              </Go>
            </span>,
          ],
        ]}
      />
      {body !== "" &&
        (/json/.test(contentType) ? (
          <JsonView value={body} label={t("try.body")} />
        ) : (
          <TextView text={body} label={t("try.body")} />
        ))}
      {cut && <p className="hint">{t("try.cut")}</p>}
      <details>
        <summary>{t("try.headers", { count: headers.length })}</summary>
        <Facts
          facts={headers.map(([name, value]) => [
            name,
            <bdi key={name} className="mono">
              {shown(value, 600)}
            </bdi>,
          ])}
        />
      </details>
    </section>
  );
}

interface TryItProps {
  /** Callers need no key of the platform. */
  readonly isOpen: boolean;
  readonly operation: Operation;
  readonly components: unknown;
}

function Form({ isOpen, operation, components }: TryItProps): ReactNode {
  const { t } = useText();
  const { session } = useSession();
  const schema = useMemo(
    () =>
      inputSchema(operation, components, {
        path: t("route.inPath"),
        query: t("route.inQuery"),
        body: t("route.body"),
      }),
    [operation, components, t],
  );
  const [value, setValue] = useState<unknown>(() => (schema === undefined ? {} : sampleOf(schema)));
  const [unfinished, setUnfinished] = useState(false);
  const [sent, setSent] = useState<Sent>();
  const [waiting, setWaiting] = useState(false);
  const stop = useRef<AbortController>(undefined);
  const { method } = operation;
  const { url, body } = requestOf(operation, value as Input);
  const problems = useMemo(
    () => (schema === undefined ? undefined : problemsOf(schema, value)),
    [schema, value],
  );
  const name = `${method.toUpperCase()} ${url}`;
  const run = async (): Promise<Sent | undefined> => {
    const control = new AbortController();
    stop.current = control;
    setWaiting(true);
    try {
      return await send({ method, url, body }, control.signal);
    } catch (problem) {
      if (control.signal.aborted) return undefined;
      throw problem;
    } finally {
      setWaiting(false);
    }
  };
  const confirm = {
    title: t("try.confirm", { name: isolated(name, 120) }),
    text: t(isOpen ? "try.confirmOpen" : "try.confirmText"),
    button: t("try.send"),
  };
  return (
    <div className="stack">
      {schema !== undefined && (
        <SchemaForm
          schema={schema}
          value={value}
          onChange={setValue}
          label={t("try.input")}
          onUnfinished={setUnfinished}
        />
      )}
      <div className="row">
        <ActionButton
          label={t("try.send")}
          icon="send"
          tone="main"
          role="viewer"
          disabled={unfinished}
          {...(method === "get" ? {} : { confirm })}
          run={run}
          then={setSent}
        />
        {waiting && (
          <Button size="small" icon="stop" onClick={() => stop.current?.abort()}>
            {t("try.stop")}
          </Button>
        )}
        {problems !== undefined && problems.size > 0 && (
          <span className="hint">{t("try.problems", { count: problems.size })}</span>
        )}
      </div>
      {sent !== undefined && <Answered sent={sent} />}
      <Code
        label={t("try.curl")}
        code={curlOf(
          method,
          `${location.origin}${url}`,
          body,
          !isOpen && session?.kind !== "local",
        )}
      />
    </div>
  );
}

/** A form that calls a route of the running service, and what it answered. */
export function TryIt(props: TryItProps): ReactNode {
  if (props.isOpen) return <Form {...props} />;
  return (
    <Needs role="operator">
      <Form {...props} />
    </Needs>
  );
}

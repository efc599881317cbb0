import type { ReactNode } from "react";
import { isolated, shown } from "../../i18n/foreign.ts";
import * as format from "../../i18n/format.ts";
import { CopyButton } from "../copy.tsx";
import { IconButton } from "../button.tsx";
import { Plain } from "../viewer/plain.tsx";
import "../viewer/viewer.css";
import { fieldsOf, levelOf, type Field, type LogLine } from "./line.ts";
import { useText } from "./text.ts";

const fieldsMost = 200;
const valueMost = 4000;
const bodyMost = 64_000;

/** What a press beside a field does. */
export interface FieldActs {
  /** Looks only at records with this value; leaves them out with the other. */
  readonly onOnly?: ((field: string, value: string) => void) | undefined;
  readonly onWithout?: ((field: string, value: string) => void) | undefined;
}

function FieldRow({ field: [path, text], acts }: { field: Field; acts: FieldActs }): ReactNode {
  const { t } = useText();
  const { onOnly, onWithout } = acts;
  const names = { field: isolated(path, 60), value: isolated(text, 60) };
  return (
    <tr>
      <th scope="row">
        <bdi>{shown(path, 200)}</bdi>
      </th>
      <td>
        <bdi>{shown(text, valueMost)}</bdi>
      </td>
      <td className="log-acts">
        {onOnly !== undefined && (
          <IconButton
            className="tiny"
            icon="plus"
            label={t("log.only", names)}
            onClick={() => onOnly(path, text)}
          />
        )}
        {onWithout !== undefined && (
          <IconButton
            className="tiny"
            icon="minus"
            label={t("log.without", names)}
            onClick={() => onWithout(path, text)}
          />
        )}
        <CopyButton text={text} label={t("log.copyValue", names)} />
      </td>
    </tr>
  );
}

/** A record in full: its body, what can be done with it, and its fields. */
export function Detail({
  line,
  acts,
  actions,
}: {
  line: LogLine;
  acts: FieldActs;
  actions: ReactNode;
}): ReactNode {
  const { t, locale } = useText();
  const own: Field[] = [
    ["service", line.service],
    ["severity", levelOf(line.severity)],
    ...(line.traceId === undefined ? [] : [["trace_id", line.traceId] as const]),
    ...(line.spanId === undefined ? [] : [["span_id", line.spanId] as const]),
  ];
  const all = fieldsOf(line.fields, 10_000);
  const time = format.bothTimes(line.atMs, locale);
  return (
    <div className="log-detail">
      <div className="log-detail-head">
        <time dateTime={format.exactTime(line.atMs)}>{time}</time>
        {actions}
        <span className="spring" />
        <CopyButton text={line.body} label={t("log.copyLine")} />
        <CopyButton text={JSON.stringify(line, null, 2)} label={t("log.copyRecord")} />
      </div>
      {line.body.trim() !== "" && (
        <Plain
          text={line.body.slice(0, bodyMost)}
          label={t("log.record", { time })}
          language="text"
          wrap
        />
      )}
      <table className="log-fields">
        <thead className="hidden">
          <tr>
            <th scope="col">{t("log.field")}</th>
            <th scope="col">{t("log.value")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {[...own, ...all.slice(0, fieldsMost)].map((field, at) => (
            <FieldRow key={at} field={field} acts={acts} />
          ))}
        </tbody>
      </table>
      {all.length > fieldsMost && (
        <p className="hint">{t("log.moreFields", { count: all.length - fieldsMost })}</p>
      )}
    </div>
  );
}

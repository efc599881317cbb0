import type { Notification, NotifiedAlert } from "../../core/capabilities/notifier.ts";

const words: Readonly<Record<Notification["kind"], string>> = {
  firing: "FIRING",
  resolved: "RESOLVED",
  repeat: "STILL FIRING",
  test: "TEST",
};

/** A subject's characters at most. */
const subjectMax = 180;

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** One line that says it all. */
export function subjectOf({ kind, alerts, group }: Notification): string {
  const firing = alerts.filter(({ state }) => state === "firing");
  const shown = firing.length > 0 ? firing : alerts;
  const [first] = shown;
  const more = shown.length > 1 ? ` and ${shown.length - 1} more` : "";
  const page = shown.some(({ severity }) => severity === "page") ? " (page)" : "";
  const title = first?.title ?? labelText(group);
  // A subject is one line: what a title took from a label must not start another header.
  const text = `[${words[kind]}]${page} ${title}${more}`.replaceAll(/[\s\p{Cc}]+/gu, " ");
  return text.length > subjectMax ? `${text.slice(0, subjectMax - 1)}…` : text;
}

function linesOf(one: NotifiedAlert): string[] {
  const since = new Date(one.sinceMs).toISOString();
  const until = one.endedMs === null ? "" : ` until ${new Date(one.endedMs).toISOString()}`;
  return [
    `${one.state.toUpperCase()} ${one.title}`,
    ...(one.note === "" ? [] : [`  ${one.note}`]),
    ...(one.description === "" ? [] : [`  ${one.description}`]),
    `  since ${since}${until}`,
    `  ${labelText(one.labels)}`,
    ...(one.runbook === "" ? [] : [`  what to do: ${one.runbook}`]),
    "",
  ];
}

/** The whole of a notification as plain text. */
export function textOf(notification: Notification): string {
  const { alerts, leftOut, url } = notification;
  return [
    ...alerts.flatMap(linesOf),
    ...(leftOut > 0 ? [`and ${leftOut} more`, ""] : []),
    ...(url === "" ? [] : [url]),
  ].join("\n");
}

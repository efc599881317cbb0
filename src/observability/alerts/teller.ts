import type { Clock } from "../../core/clock.ts";
import type { Notification, Notifier } from "../../core/capabilities/notifier.ts";
import type { Ids } from "../../core/ids.ts";
import type { Statement, Store } from "../../core/store.ts";
import type { AlertBook } from "./book.ts";
import type { AlertDefinition } from "./catalog.ts";
import { outboxStatements } from "./dispatcher.ts";
import { filledIn, flushGroup, fullLabels, groupOf } from "./grouping.ts";
import type { Flushed, GroupState, Member } from "./grouping.ts";
import { mutedAt } from "./silences.ts";
import type { Muted } from "./silences.ts";
import { groupStatement } from "./writing.ts";

/** What telling of alerts needs. */
export interface TellerContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly book: AlertBook;
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** Address of the alerts in the console; empty where it is not known. */
  readonly url: string;
}

const groupsReadMax = 10_000;

async function membersOf(
  { book }: TellerContext,
  definitions: readonly AlertDefinition[],
  muted: Muted,
): Promise<ReadonlyMap<string, Member[]>> {
  const specs = new Map(definitions.map(({ name, spec }) => [name, spec]));
  const groups = new Map<string, Member[]>();
  for (const instance of await book.firing()) {
    const spec = specs.get(instance.alert);
    if (spec === undefined) continue;
    const labels = fullLabels(instance, spec);
    const member: Member = { instance, spec, labels, muted: muted(labels) !== undefined };
    const { key } = groupOf(member);
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return groups;
}

/**
 * Decides what is to be told now and puts it in the outbox, in one write with what is remembered of
 * the group: a crash in between neither loses nor doubles it.
 */
export async function tell(
  context: TellerContext,
  definitions: readonly AlertDefinition[],
  fence: Statement,
): Promise<void> {
  const { store, clock, ids, book, notifiers, url } = context;
  const nowMs = clock.now();
  const muted = mutedAt(await book.silences(), await book.windows(), nowMs);
  const members = await membersOf(context, definitions, muted);
  const rows = await store.read(`select * from alert_group limit ${groupsReadMax}`);
  const states = new Map(
    rows.map((row) => [String(row["group_key"]), JSON.parse(String(row["data"])) as GroupState]),
  );
  for (const key of new Set([...states.keys(), ...members.keys()])) {
    const before = states.get(key);
    const { state, telling }: Flushed = flushGroup(before, members.get(key) ?? [], nowMs);
    if (state === before) continue;
    const group = (state ?? before)?.labels ?? {};
    const statements: Statement[] = [fence, groupStatement(store.dialect, key, state)];
    if (telling !== undefined) {
      const notification: Notification = { id: ids.uuid(), atMs: nowMs, group, url, ...telling };
      const notify = (state ?? before)?.notify ?? [];
      statements.push(...outboxStatements(store.dialect, notification, key, notify, notifiers));
    }
    await store.write({ statements });
  }
}

/** Puts a notification in the outbox that tries an alert's notifiers; its id. */
export async function tellTest(
  { store, clock, ids, notifiers, url }: TellerContext,
  { name, spec }: AlertDefinition,
): Promise<string> {
  const nowMs = clock.now();
  const labels = fullLabels({ alert: name, labels: {} }, spec);
  const id = ids.uuid();
  const notification: Notification = {
    id,
    kind: "test",
    atMs: nowMs,
    group: { alert: name },
    url,
    leftOut: 0,
    alerts: [
      {
        alert: name,
        state: "firing",
        severity: spec.severity,
        title: filledIn(spec.title, labels, null),
        description: "Somebody tries whether this arrives. Nothing is wrong.",
        runbook: spec.runbook,
        labels,
        value: null,
        note: "",
        firingId: id,
        sinceMs: nowMs,
        endedMs: null,
      },
    ],
  };
  const key = JSON.stringify(["test", id]);
  const statements = outboxStatements(store.dialect, notification, key, spec.notify, notifiers);
  await store.write({ statements: [...statements] });
  return id;
}

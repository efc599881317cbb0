import { useState, type ComponentProps, type ReactNode } from "react";
import { call, type AnswerOf } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import { isolated, shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { spanOf, useRange } from "../../../range.ts";
import { ActionButton } from "../../../ui/action.tsx";
import { Button } from "../../../ui/button.tsx";
import { Facts } from "../../../ui/figures.tsx";
import { valueFrom } from "../../../ui/form/shape.ts";
import { isRecord } from "../../../ui/form/schema.ts";
import { Menu } from "../../../ui/menu.tsx";
import { Panel } from "../../../ui/page.tsx";
import { Failure } from "../../../ui/states.tsx";
import { At } from "../../../ui/time.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { useView } from "../../../view.ts";
import { useText } from "../text.ts";
import type { Catalogue } from "./log.ts";
import { eventsView } from "./view.ts";

export type Replay = AnswerOf<"/events/replays", "get">["replays"][number];

/** What a replay is asked to do. */
interface Wanted {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly pattern?: Readonly<Record<string, unknown>>;
  readonly subscriptions?: readonly string[];
  readonly ratePerSecond?: number;
}

/** What the form holds, as it was typed. */
interface Draft {
  readonly name: string;
  readonly pattern: string;
  /** All of them while undefined. */
  readonly subscriptions: readonly string[] | undefined;
  readonly rate: string;
}

const nameMax = 64;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const textOf = (value: unknown): string => JSON.stringify(value, null, 2);

/** `replay-20261122-1504`: what tells replays of one day apart. */
function freshName(nowMs: number): string {
  const [date = "", time = ""] = new Date(nowMs).toISOString().split("T");
  return `replay-${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}

/** What is wrong with the draft, by field. */
interface Faults {
  readonly name: boolean;
  readonly pattern: boolean;
  readonly rate: boolean;
}

function faultsOf({ name, pattern, rate }: Draft): Faults {
  const read = valueFrom(pattern);
  const perSecond = Number(rate);
  return {
    name: name.length > nameMax || !namePattern.test(name),
    pattern: read === undefined || !isRecord(read.value),
    rate: rate.trim() !== "" && !(Number.isFinite(perSecond) && perSecond > 0),
  };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function wantedOf(draft: Draft, span: Span): Wanted {
  const { name, pattern, subscriptions, rate } = draft;
  const read = valueFrom(pattern)?.value;
  const isShaped = isRecord(read) && Object.keys(read).length > 0;
  return {
    name,
    from: Math.floor(span.fromMs),
    to: Math.ceil(span.toMs),
    ...(isShaped ? { pattern: read } : {}),
    ...(subscriptions === undefined ? {} : { subscriptions }),
    ...(rate.trim() === "" ? {} : { ratePerSecond: Number(rate) }),
  };
}

const deliveriesOf = (replay: Replay): number =>
  Object.values(replay.delivered).reduce((sum, one) => sum + one, 0);

/** Counts by subscription, the largest first. */
export function Delivered({ replay }: { replay: Replay }): ReactNode {
  const { t, locale } = useText();
  const rows = Object.entries(replay.delivered).toSorted(([, a], [, b]) => b - a);
  if (rows.length === 0) return <p className="none">{t("events.replayNothing")}</p>;
  return (
    <Facts
      facts={rows.map(([name, count]) => [shown(name, 120), format.exactNumber(count, locale)])}
    />
  );
}

/** Which subscriptions get the events again: all, or those that are ticked. */
function Subscriptions({
  all,
  chosen,
  onChange,
}: {
  all: readonly string[];
  chosen: readonly string[] | undefined;
  onChange: (chosen: readonly string[] | undefined) => void;
}): ReactNode {
  const { t } = useText();
  const ticked = new Set(chosen ?? all);
  const words =
    chosen === undefined
      ? t("events.allSubscriptions", { count: all.length })
      : t("events.someSubscriptions", { count: chosen.length, total: all.length });
  const pick = (name: string): void => {
    const next = all.filter((one) => (one === name ? !ticked.has(name) : ticked.has(one)));
    onChange(next.length === all.length ? undefined : next);
  };
  return (
    <Menu
      label={words}
      icon="list"
      words={words}
      groups={[
        [
          {
            id: " all",
            label: t("events.everySubscription"),
            checked: chosen === undefined,
            onPick: () => onChange(chosen === undefined ? [] : undefined),
          },
        ],
        all.map((name) => ({
          id: name,
          label: shown(name, 80),
          checked: ticked.has(name),
          onPick: () => pick(name),
        })),
      ]}
    />
  );
}

/** From when to when events are replayed. */
function Reach({ span }: { span: Span }): ReactNode {
  const { t } = useText();
  const [range] = useRange();
  return (
    <>
      <Facts
        facts={[
          [t("events.replayFrom"), <At key="from" atMs={span.fromMs} />],
          [
            t("events.replayTo"),
            "name" in range ? t("events.replayNow") : <At key="to" atMs={span.toMs} />,
          ],
        ]}
      />
      <p className="none">{t("events.replayRange")}</p>
    </>
  );
}

/** A line to be typed, and what is wrong with it. */
function Typed({
  label,
  problem,
  ...input
}: ComponentProps<"input"> & { label: string; problem: string | undefined }): ReactNode {
  return (
    <label className="field">
      <span>{label}</span>
      <input {...input} aria-invalid={problem !== undefined} />
      {problem !== undefined && <span className="field-problem">{problem}</span>}
    </label>
  );
}

/** The fields of the form: from when to when, its name, how fast, to whom, and of which events. */
function Fields({
  draft,
  faults,
  shaped,
  all,
  span,
  onChange: change,
}: {
  draft: Draft;
  faults: Faults;
  /** Whether the engine knows patterns and rates. */
  shaped: boolean;
  /** The names of all subscriptions. */
  all: readonly string[];
  span: Span;
  onChange: (part: Partial<Draft>) => void;
}): ReactNode {
  const { t } = useText();
  return (
    <div className="columns">
      <div className="stack">
        <Reach span={span} />
        <Typed
          label={t("events.replayName")}
          problem={faults.name ? t("events.replayNameBad") : undefined}
          className="input mono"
          value={draft.name}
          maxLength={nameMax}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => change({ name: event.target.value })}
        />
        {shaped && (
          <Typed
            label={t("events.replayRate")}
            problem={faults.rate ? t("events.replayRateBad") : undefined}
            className="input"
            inputMode="decimal"
            placeholder={t("events.replayRateNone")}
            value={draft.rate}
            onChange={(event) => change({ rate: event.target.value })}
          />
        )}
        <div className="row">
          <Subscriptions
            all={all}
            chosen={draft.subscriptions}
            onChange={(subscriptions) => change({ subscriptions })}
          />
          {draft.subscriptions?.length === 0 && (
            <span className="field-problem">{t("events.subscriptionsNone")}</span>
          )}
        </div>
      </div>
      {shaped && (
        <div className="stack">
          <JsonEditor
            label={t("events.replayPattern")}
            value={draft.pattern}
            onChange={(pattern) => change({ pattern })}
            problem={faults.pattern ? t("events.patternBad") : undefined}
            heightMax={240}
          />
          <p className="none">{t("events.replayPatternText")}</p>
        </div>
      )}
    </div>
  );
}

/** What a dry run found, for the draft that it was made with. */
interface Found {
  readonly of: string;
  readonly replay: Replay;
}

/** The dry run of a draft; `key` tells drafts apart. */
function useDryRun(key: string) {
  const [found, setFound] = useState<Found>();
  const [failed, setFailed] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const tryOut = async (wanted: Wanted): Promise<void> => {
    setBusy(true);
    setFailed(undefined);
    try {
      const body = { ...wanted, dryRun: true } as never;
      setFound({ of: key, replay: await call("post", "/events/replays", { body }) });
    } catch (problem) {
      setFound(undefined);
      if (problem instanceof Problem) setFailed(problem);
    } finally {
      setBusy(false);
    }
  };
  return {
    /** What was found for the draft as it is now. */
    found: found?.of === key ? found.replay : undefined,
    /** The draft was changed since. */
    isOld: found !== undefined && found.of !== key,
    count: found === undefined ? 0 : deliveriesOf(found.replay),
    failed,
    busy,
    tryOut,
    forget: () => setFound(undefined),
  };
}

/** What a dry run would have delivered, and to whom. */
function DryRun({ replay }: { replay: Replay }): ReactNode {
  const { t, locale } = useText();
  return (
    <>
      <p>
        {t("events.dryRunFound", {
          events: replay.read,
          deliveries: deliveriesOf(replay),
          at: format.timeOfDay(replay.startedAtMs, locale),
        })}
      </p>
      <Delivered replay={replay} />
    </>
  );
}

/** Events of the time range, delivered again: a dry run first, then the replay. */
export function ReplayForm({ catalogue }: { catalogue: Catalogue }): ReactNode {
  const { t } = useText();
  const { scene } = useLive();
  const [range] = useRange();
  const [{ type }, set] = useView(eventsView);
  const nowMs = scene?.overview.nowMs ?? 0;
  const shaped = catalogue.driver["replayShaped"] === true;
  const [draft, setDraft] = useState<Draft>(() => ({
    name: freshName(nowMs),
    pattern: textOf(type === undefined ? {} : { "detail-type": [type] }),
    subscriptions: undefined,
    rate: "",
  }));
  const span = spanOf(range, nowMs);
  const faults = faultsOf(draft);
  const faulty = faults.name || faults.pattern || faults.rate || draft.subscriptions?.length === 0;
  const { name: _, ...shape } = draft;
  const key = JSON.stringify([shape, range]);
  const { found, isOld, count, failed, busy, tryOut, forget } = useDryRun(key);
  const change = (part: Partial<Draft>): void => setDraft((old) => ({ ...old, ...part }));
  const all = catalogue.events.flatMap(({ consumers }) =>
    consumers.map(({ subscription }) => subscription),
  );
  return (
    <Panel title={t("events.replayNew")}>
      <p className="prose">{t("events.replayText")}</p>
      <Fields
        draft={draft}
        faults={faults}
        shaped={shaped}
        all={all}
        span={span}
        onChange={change}
      />
      <div className="row">
        {shaped && (
          <Button
            icon="search"
            busy={busy}
            disabled={faulty}
            onClick={() => void tryOut(wantedOf(draft, span))}
          >
            {t("events.dryRun")}
          </Button>
        )}
        {(found !== undefined || !shaped) && (
          <ActionButton
            label={shaped ? t("events.replayStart", { count }) : t("events.replayStartAny")}
            icon="play"
            tone="main"
            disabled={faulty || (shaped && count === 0)}
            run={() => call("post", "/events/replays", { body: wantedOf(draft, span) as never })}
            done={({ name }) => t("events.replayStarted", { name: isolated(name, 64) })}
            then={({ name }) => {
              forget();
              change({ name: freshName(nowMs + 1000) });
              set({ replay: name }, { push: true });
            }}
          />
        )}
        {isOld && <span className="none">{t("events.dryRunOld")}</span>}
      </div>
      {failed !== undefined && <Failure problem={failed} />}
      {found !== undefined && <DryRun replay={found} />}
    </Panel>
  );
}

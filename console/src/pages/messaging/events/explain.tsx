import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { call } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import { useApi } from "../../../api/query.ts";
import { browserClock } from "../../../clock.ts";
import { shown } from "../../../i18n/foreign.ts";
import * as format from "../../../i18n/format.ts";
import { useLive } from "../../../live.tsx";
import { Button } from "../../../ui/button.tsx";
import { Select } from "../../../ui/field.tsx";
import { sampleOf } from "../../../ui/form/sample.ts";
import type { SchemaPart } from "../../../ui/form/schema.ts";
import { Panel } from "../../../ui/page.tsx";
import { Failure, Loading } from "../../../ui/states.tsx";
import { JsonEditor } from "../../../ui/viewer/json-editor.tsx";
import { useView } from "../../../view.ts";
import { useText } from "../text.ts";
import { envelopeOf, isLogged, type Catalogue } from "./log.ts";
import { questionOf } from "./question.ts";
import { Rules, type Explained } from "./rules.tsx";
import { askedMax, eventsView } from "./view.ts";

const recentMax = 30;
const settledMs = 400;
const textOf = (value: unknown): string => JSON.stringify(value, null, 2);

/** What an event of a type could look like. */
function sampleText({ events }: Catalogue, type: string | undefined): string {
  const event = events.find(({ name }) => name === type) ?? events[0];
  if (event === undefined) return textOf({ type: "", data: {} });
  return textOf({ type: event.name, data: sampleOf(event.schema as SchemaPart) });
}

/**
 * The text in the editor: what was typed, else what the URL holds, else the event that the URL
 * names, else a sample.
 */
function useQuestion(catalogue: Catalogue) {
  const [{ of, ask, type }, set] = useView(eventsView);
  const [typed, setTyped] = useState<string>();
  const written = useRef(ask);
  const query = useApi(
    "/events/log/{id}",
    { path: { id: of ?? "" } },
    { enabled: of !== undefined },
  );
  const logged = query.data !== undefined && isLogged(query.data) ? query.data : undefined;
  const isPicked = of !== undefined && typed === undefined;
  const place = `${of ?? ""} ${ask ?? ""}`;
  const [seen, setSeen] = useState(place);
  // Changed from elsewhere: the back button, a link to another event.
  if (place !== seen) {
    setSeen(place);
    if (ask !== written.current || of !== undefined) setTyped(undefined);
  }
  useEffect(() => {
    if (typed === undefined) return undefined;
    return browserClock.after(settledMs, () => {
      written.current = typed.length <= askedMax ? typed : undefined;
      set({ ask: written.current, of: undefined });
    });
  }, [typed, set]);
  const picked = logged === undefined ? undefined : textOf(envelopeOf(logged));
  return {
    text: typed ?? ask ?? (of === undefined ? sampleText(catalogue, type) : (picked ?? "")),
    /** Nothing stands in the editor yet: the event that was picked is on its way. */
    waits: isPicked && picked === undefined && query.error === null,
    problem: isPicked ? query.error : null,
    write: setTyped,
    pick: (id: string): void => {
      setTyped(undefined);
      set({ of: id, ask: undefined }, { push: true });
    },
  };
}

/** What the bus last said, about which text. */
interface Said {
  readonly text: string;
  readonly explained?: Explained;
  readonly problem?: Problem;
}

/**
 * Asks the bus about a text: at once about what came by a link or was picked, about what is typed
 * when the reader says.
 */
function useBus(text: string, waits: boolean) {
  const [said, setSaid] = useState<Said>();
  const [busy, setBusy] = useState(false);
  const question = questionOf(text);
  const ask = async (): Promise<void> => {
    if (typeof question === "string") return;
    setBusy(true);
    try {
      setSaid({ text, explained: await call("post", "/events/explain", { body: question }) });
    } catch (failure) {
      if (failure instanceof Problem) setSaid({ text, problem: failure });
    } finally {
      setBusy(false);
    }
  };
  const asked = useRef<string>(undefined);
  const [{ of, ask: inUrl }] = useView(eventsView);
  const [opened] = useState(inUrl);
  const link = of ?? (asked.current === undefined ? opened : undefined);
  useEffect(() => {
    if (link === undefined || asked.current === link || waits || text === "") return;
    asked.current = link;
    void ask();
    // `ask` is new each time and is meant to be the latest.
  }, [link, waits, text]);
  return { said, busy, question, ask };
}

/** Where an event can come from that is not typed: the latest ones, and samples of every type. */
function Picks({
  catalogue,
  onPick,
  onSample,
}: {
  catalogue: Catalogue;
  /** Takes the id of an event. */
  onPick: (id: string) => void;
  /** Takes the name of a type. */
  onSample: (type: string) => void;
}): ReactNode {
  const { t, locale } = useText();
  const { scene } = useLive();
  const recent = scene?.past.happenings.slice(0, recentMax) ?? [];
  return (
    <div className="row">
      <Select
        label={t("event.pickRecent")}
        value=""
        options={[
          ["", t("event.pickRecent")],
          ...recent.map(
            ({ id, atMs, type }) =>
              [id, `${format.timeOfDay(atMs, locale)} ${shown(type, 60)}`] as const,
          ),
        ]}
        onChange={(id) => id !== "" && onPick(id)}
      />
      <Select
        label={t("event.pickType")}
        value=""
        options={[
          ["", t("event.pickType")],
          ...catalogue.events.map(({ name }) => [name, shown(name, 60)] as const),
        ]}
        onChange={(type) => type !== "" && onSample(type)}
      />
    </div>
  );
}

/** Pick or paste an event, and see rule by rule who would get it and why. */
export function Explain({ catalogue }: { catalogue: Catalogue }): ReactNode {
  const { t } = useText();
  const { text, waits, problem, write, pick } = useQuestion(catalogue);
  const { said, busy, question, ask } = useBus(text, waits);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    void ask();
  };
  return (
    <>
      <Panel title={t("event.question")}>
        <p className="prose">{t("event.questionText")}</p>
        <Picks
          catalogue={catalogue}
          onPick={pick}
          onSample={(type) => write(sampleText(catalogue, type))}
        />
        {problem !== null && <Failure problem={problem} />}
        {waits ? (
          <Loading rows={6} />
        ) : (
          <div onKeyDownCapture={onKeyDown}>
            <JsonEditor
              label={t("event.event")}
              value={text}
              onChange={write}
              problem={question === "shape" ? t("event.questionShape") : undefined}
              heightMax={320}
            />
          </div>
        )}
        <div className="row">
          <Button
            tone="main"
            busy={busy}
            disabled={typeof question === "string"}
            onClick={() => void ask()}
          >
            {t("event.explain")}
          </Button>
          {said !== undefined && said.text !== text && (
            <span className="none">{t("event.explainedOther")}</span>
          )}
        </div>
      </Panel>
      {said?.problem !== undefined && <Failure problem={said.problem} />}
      {said?.explained !== undefined && <Rules explained={said.explained} />}
    </>
  );
}

import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { browserClock } from "../../clock.ts";
import { shown } from "../../i18n/foreign.ts";
import { IconButton } from "../button.tsx";
import { HealthIcon, Icon } from "../icons.tsx";
import { marked, withSuggestion, type QueryProblem, type Suggestions } from "./query.ts";
import { useText } from "./text.ts";
import "./logs.css";

interface QueryFieldProps {
  readonly label: string;
  readonly placeholder?: string;
  /** The query that is in force. */
  readonly value: string;
  /** Asks for what was typed: Enter, or the field was cleared. */
  readonly onSubmit: (text: string) => void;
  /** Is told every change, so that a problem can be looked for. */
  readonly onType?: ((text: string) => void) | undefined;
  readonly problem?: QueryProblem | undefined;
  /** Ways to go on at a place of the text. Answers that come late are not shown. */
  readonly suggest?:
    | ((text: string, cursor: number, signal: AbortSignal) => Promise<Suggestions>)
    | undefined;
}

const typedMs = 120;
const optionsMost = 100;
const nothing: Suggestions = { from: 0, to: 0, options: [] };

/** Asks for suggestions once the reader pauses; only the newest answer counts. */
function useSuggestions(suggest: QueryFieldProps["suggest"]) {
  const [found, setFound] = useState(nothing);
  const [at, setAt] = useState(-1);
  const asked = useRef<() => void>(undefined);
  const close = (): void => {
    asked.current?.();
    setFound(nothing);
    setAt(-1);
  };
  const ask = (text: string, cursor: number, waitMs: number): void => {
    asked.current?.();
    if (suggest === undefined) return;
    const ended = new AbortController();
    const stop = browserClock.after(waitMs, () => {
      suggest(text, cursor, ended.signal).then(
        (answer) => {
          if (ended.signal.aborted) return;
          setFound({ ...answer, options: answer.options.slice(0, optionsMost) });
          setAt(-1);
        },
        // Nobody waits for suggestions: a query is asked for without them.
        () => !ended.signal.aborted && setFound(nothing),
      );
    });
    asked.current = () => {
      stop();
      ended.abort();
    };
  };
  useEffect(() => () => asked.current?.(), []);
  return { found, at, setAt, ask, close };
}

/** What was typed, with a wave under what is wrong; it lies under the input and scrolls with it. */
function Under({
  text,
  problem,
  input,
}: {
  text: string;
  problem: QueryProblem | undefined;
  input: RefObject<HTMLInputElement | null>;
}): ReactNode {
  const under = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = input.current;
    if (element === null) return undefined;
    const follow = (): void => {
      if (under.current !== null) under.current.scrollLeft = element.scrollLeft;
    };
    follow();
    element.addEventListener("scroll", follow);
    return () => element.removeEventListener("scroll", follow);
  });
  if (problem === undefined) return null;
  const [before, wrong, after] = marked(text, problem);
  return (
    <div ref={under} className="query-under" aria-hidden="true">
      {before}
      <mark>{wrong}</mark>
      {after}
    </div>
  );
}

function Options({
  id,
  suggestions,
  at,
  onPoint,
  onTake,
}: {
  id: string;
  suggestions: Suggestions;
  at: number;
  onPoint: (at: number) => void;
  onTake: (at: number) => void;
}): ReactNode {
  const { t } = useText();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      className="query-list"
      aria-label={t("query.suggestions")}
    >
      {suggestions.options.map(({ label, detail }, index) => (
        <div
          key={index}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          className="query-option"
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onPointerMove={() => index !== at && onPoint(index)}
          onClick={() => onTake(index)}
        >
          <bdi>{shown(label, 120)}</bdi>
          {detail !== undefined && <span>{detail}</span>}
        </div>
      ))}
    </div>
  );
}

/** The text of the field, and the cursor that is to be set after a suggestion was taken. */
function useTyped(value: string, onType: QueryFieldProps["onType"]) {
  const input = useRef<HTMLInputElement>(null);
  const cursor = useRef<number>(undefined);
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  // Changed from elsewhere: the back button, a filter that was added.
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  useLayoutEffect(() => {
    if (cursor.current === undefined) return;
    input.current?.setSelectionRange(cursor.current, cursor.current);
    cursor.current = undefined;
  });
  const type = (next: string, at?: number): void => {
    cursor.current = at;
    setText(next);
    onType?.(next);
  };
  return { input, text, type };
}

/**
 * A query on one line: suggestions while it is typed, a wave under what is wrong with it, Enter to
 * ask. Arrow keys choose a suggestion, Tab takes the first, Ctrl with Space asks for them.
 */
export function QueryField(props: QueryFieldProps): ReactNode {
  const { label, placeholder = label, value, onSubmit, onType, problem, suggest } = props;
  const { t } = useText();
  const id = useId();
  const { input, text, type } = useTyped(value, onType);
  const { found, at, setAt, ask, close } = useSuggestions(suggest);
  const count = found.options.length;
  const take = (index: number): void => {
    const option = found.options[index];
    if (option === undefined) return;
    const next = withSuggestion(text, found, option);
    type(next.text, next.cursor);
    close();
    input.current?.focus();
    ask(next.text, next.cursor, typedMs);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    const { key } = event;
    const here = event.currentTarget.selectionStart ?? text.length;
    if (event.nativeEvent.isComposing) return;
    if (key === "Enter" && at < 0) {
      close();
      return onSubmit(text);
    }
    if (key === "Enter") take(at);
    else if (key === "Tab" && count > 0 && !event.shiftKey) take(Math.max(0, at));
    else if (key === "Escape" && count > 0) {
      event.stopPropagation();
      close();
    } else if (key === "ArrowDown" && count > 0) setAt(((at + 2) % (count + 1)) - 1);
    else if (key === "ArrowUp" && count > 0) setAt(((at + 1 + count) % (count + 1)) - 1);
    else if ((key === " " && event.ctrlKey) || key === "ArrowDown") ask(text, here, 0);
    else return;
    event.preventDefault();
  };
  return (
    <div className="query" onBlur={close}>
      <div className={problem === undefined ? "query-box" : "query-box failing"}>
        <Icon name="search" size={14} />
        <div className="query-text">
          <Under text={text} problem={problem} input={input} />
          <input
            ref={input}
            role="combobox"
            aria-label={label}
            aria-expanded={count > 0}
            aria-controls={count > 0 ? id : undefined}
            aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
            aria-autocomplete="list"
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : `${id}-problem`}
            placeholder={placeholder}
            value={text}
            maxLength={4000}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            onChange={({ target }) => {
              type(target.value);
              ask(target.value, target.selectionStart ?? target.value.length, typedMs);
            }}
            onKeyDown={press}
          />
        </div>
        {text !== "" && (
          <IconButton
            className="tiny"
            icon="close"
            label={t("query.clear")}
            onClick={() => {
              type("");
              onSubmit("");
              input.current?.focus();
            }}
          />
        )}
      </div>
      <span className="hidden" role="status">
        {count > 0 && t("query.count", { count })}
      </span>
      {count > 0 && <Options id={id} suggestions={found} at={at} onPoint={setAt} onTake={take} />}
      {problem !== undefined && (
        <p className="query-problem" id={`${id}-problem`}>
          <HealthIcon health="failing" size={13} />
          {t("query.problem", { at: problem.from + 1, problem: shown(problem.message) })}
        </p>
      )}
    </div>
  );
}

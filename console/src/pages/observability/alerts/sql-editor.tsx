import {
  defaultKeymap,
  history,
  historyKeymap,
  insertNewlineAndIndent,
} from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { isKeyword } from "./sql-tokens.ts";
import { wordsAt, type Words } from "./sql-words.ts";
import { useText } from "./text.ts";
import "../../../ui/viewer/viewer.css";

/** A statement that is written. */
export interface SqlEditorProps {
  readonly text: string;
  readonly label: string;
  readonly onChange: (text: string) => void;
  /** Ctrl with Enter. */
  readonly onRun?: (() => void) | undefined;
  /** The element that says what is wrong. */
  readonly describedBy?: string | undefined;
}

const sql = StreamLanguage.define<null>({
  name: "sql",
  startState: () => null,
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^--.*/)) return "comment";
    if (stream.match(/^'(?:[^']|'')*'?/)) return "string";
    if (stream.match(/^"(?:[^"]|"")*"?/)) return "name";
    if (stream.match(/^\$\w+/) || stream.match(/^\d+(?:\.\d+)?/)) return "number";
    const found = stream.match(/^[A-Za-z_]\w*/) as RegExpMatchArray | null;
    if (found !== null) return isKeyword(found[0]) ? "keyword" : null;
    stream.next();
    return null;
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, class: "sql-keyword" },
  { tag: tags.string, class: "code-string" },
  { tag: tags.number, class: "code-literal" },
  { tag: tags.name, class: "code-name" },
  { tag: tags.comment, class: "code-sign" },
]);

/** What is offered, which of it is pointed at, and where it stands. */
interface Offer extends Words {
  readonly at: number;
  readonly left: number;
  readonly top: number;
}

/** Where words are offered: below the cursor, within the editor. */
function placeOf(view: EditorView, from: number): { left: number; top: number } {
  const box = view.dom.getBoundingClientRect();
  const at = view.coordsAtPos(from);
  const left = (at?.left ?? box.left) - box.left;
  return {
    left: Math.max(0, Math.min(left, box.width - 240)),
    top: (at?.bottom ?? box.top + 20) - box.top + 4,
  };
}

/** The editor's own keys and what it offers, held where its callbacks find the newest of them. */
function useOffer() {
  const [offer, setOffer] = useState<Offer>();
  const current = useRef<Offer>(undefined);
  current.current = offer;
  const show = (view: EditorView, asked: boolean): void => {
    const cursor = view.state.selection.main.head;
    const found = wordsAt(view.state.doc.toString(), cursor, asked);
    if (found.words.length === 0) return setOffer(undefined);
    setOffer({ ...found, at: 0, ...placeOf(view, found.from) });
  };
  const take = (view: EditorView, at: number): boolean => {
    const found = current.current;
    const word = found?.words[at];
    if (found === undefined || word === undefined) return false;
    const to = view.state.selection.main.head;
    view.dispatch({
      changes: { from: found.from, to, insert: word.text },
      selection: { anchor: found.from + word.text.length },
      userEvent: "input.complete",
    });
    setOffer(undefined);
    return true;
  };
  const move = (by: number): boolean => {
    const found = current.current;
    if (found === undefined) return false;
    const { length } = found.words;
    setOffer({ ...found, at: (found.at + by + length) % length });
    return true;
  };
  const close = (): boolean => {
    const was = current.current !== undefined;
    setOffer(undefined);
    return was;
  };
  return { offer, current, show, take, move, close };
}

/** Writes SQL: colours, words that could follow, Ctrl with Enter to run. Tab leaves the editor. */
export default function SqlEditor(props: SqlEditorProps): ReactNode {
  const { text } = props;
  const { t } = useText();
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const newest = useRef(props);
  newest.current = props;
  const offers = useOffer();
  const offering = useRef(offers);
  offering.current = offers;
  const written = useRef(text);
  useEffect(() => {
    if (place.current === null) return undefined;
    const own = (): typeof offers => offering.current;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: newest.current.text,
        extensions: [
          lineNumbers(),
          drawSelection(),
          history(),
          sql,
          bracketMatching(),
          syntaxHighlighting(colours),
          EditorView.lineWrapping,
          Prec.highest(
            keymap.of([
              {
                key: "Mod-Enter",
                run() {
                  own().close();
                  newest.current.onRun?.();
                  return true;
                },
              },
              { key: "Ctrl-Space", run: (here) => (own().show(here, true), true) },
              { key: "ArrowDown", run: () => own().move(1) },
              { key: "ArrowUp", run: () => own().move(-1) },
              { key: "Tab", run: (here) => own().take(here, own().current.current?.at ?? 0) },
              {
                key: "Enter",
                run(here) {
                  const at = own().current.current?.at;
                  return at === undefined ? insertNewlineAndIndent(here) : own().take(here, at);
                },
              },
              { key: "Escape", run: () => own().close() },
            ]),
          ),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.contentAttributes.of(() => ({
            "aria-label": newest.current.label,
            "aria-multiline": "true",
            spellcheck: "false",
            ...(newest.current.describedBy === undefined
              ? {}
              : { "aria-describedby": newest.current.describedBy, "aria-invalid": "true" }),
          })),
          EditorView.domEventHandlers({ blur: () => void own().close() }),
          EditorView.updateListener.of((update) => {
            const next = update.state.doc.toString();
            if (update.docChanged && next !== written.current) {
              written.current = next;
              newest.current.onChange(next);
            }
            const typed = update.transactions.some((one) => one.isUserEvent("input.type"));
            const taken = update.transactions.some((one) => one.isUserEvent("input.complete"));
            const erased = update.transactions.some((one) => one.isUserEvent("delete"));
            if (typed) own().show(update.view, false);
            else if (erased || taken || update.selectionSet) own().close();
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    if (written.current === text) return;
    written.current = text;
    const to = view.current?.state.doc.length ?? 0;
    view.current?.dispatch({ changes: { from: 0, to, insert: text } });
  }, [text]);
  const { offer } = offers;
  return (
    <div className="viewer editor sql-editor">
      <div className="code-view sql-view" ref={place} />
      <span className="hidden" role="status">
        {offer !== undefined && t("sql.offered", { count: offer.words.length })}
      </span>
      {offer !== undefined && (
        <ul
          id={id}
          className="sql-offer"
          role="listbox"
          aria-label={t("sql.words")}
          style={{ left: offer.left, top: offer.top }}
        >
          {offer.words.map((word, at) => (
            <li
              key={word.text}
              role="option"
              aria-selected={at === offer.at}
              ref={(element) => {
                if (at === offer.at) element?.scrollIntoView({ block: "nearest" });
              }}
              onPointerDown={(event) => {
                event.preventDefault();
                if (view.current !== undefined) offers.take(view.current, at);
              }}
            >
              <span className="mono">{word.text}</span>
              <span className="hint">{t(`sql.word.${word.kind}`)}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import {
  Compartment,
  EditorState,
  StateEffect,
  StateField,
  type Extension,
} from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  type DecorationSet,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { MessageKey, Translate } from "../../i18n/messages.ts";
import { canColour } from "./json.ts";

/** The words of the editor's own panel, by what it asks for. */
const phrases: Readonly<Record<string, MessageKey>> = {
  Find: "viewer.search.find",
  Replace: "viewer.search.replace",
  next: "viewer.search.next",
  previous: "viewer.search.previous",
  all: "viewer.search.all",
  "match case": "viewer.search.case",
  regexp: "viewer.search.pattern",
  "by word": "viewer.search.word",
  replace: "viewer.search.replaceOne",
  "replace all": "viewer.search.replaceAll",
  close: "viewer.search.close",
  "current match": "viewer.search.current",
  "replaced $ matches": "viewer.search.replacedAll",
  "replaced match on line $": "viewer.search.replacedOne",
  "on line": "viewer.search.line",
  "Go to line": "viewer.goToLine",
  go: "viewer.go",
  "Fold line": "viewer.fold",
  "Unfold line": "viewer.unfold",
  "folded code": "viewer.folded",
  unfold: "viewer.unfold",
  "Folded lines": "viewer.foldedLines",
  "Unfolded lines": "viewer.unfoldedLines",
  to: "viewer.toLine",
  "Selection deleted": "viewer.deleted",
};

function translated(t: Translate): Extension {
  const words = Object.entries(phrases).map(([asked, key]) => [asked, t(key, { count: "$" })]);
  return EditorState.phrases.of(Object.fromEntries(words));
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, class: "code-name" },
  { tag: tags.string, class: "code-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "code-literal" },
  { tag: [tags.separator, tags.squareBracket, tags.brace], class: "code-sign" },
]);

/** Direction marks and half pairs that the editor's own list lacks. */
const moreSpecial = /[\u202a-\u202c\u2068\ud800-\udfff]/;

/** What would not be seen, or would turn the text, written out: ‹U+202E›. */
function special(t: Translate): Extension {
  return highlightSpecialChars({
    addSpecialChars: moreSpecial,
    render(code) {
      const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
      const element = document.createElement("span");
      element.className = "code-special";
      element.textContent = `‹${name}›`;
      element.title = t("viewer.special", { name });
      return element;
    },
  });
}

/** Colours and folds of JSON; off while brackets nest too deep for what computes them. */
function jsonExtensions(text: string): Extension {
  const language = new Compartment();
  const parts = [json(), bracketMatching({ maxScanDistance: 2000 })];
  return [
    language.of(canColour(text) ? parts : []),
    EditorState.transactionExtender.of((transaction) => {
      if (!transaction.docChanged) return null;
      let opens = false;
      transaction.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
        opens ||= /[[{]/.test(inserted.sliceString(0));
      });
      if (!opens || canColour(transaction.newDoc.toString())) return null;
      return { effects: language.reconfigure([]) };
    }),
  ];
}

/** Marks the place of a fault; undefined takes the mark away. */
export const setFault = StateEffect.define<number | undefined>();

const faultLine = Decoration.line({ class: "code-fault-line" });
const faultPlace = Decoration.mark({ class: "code-fault" });

const faults = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setFault)) continue;
      if (effect.value === undefined) return Decoration.none;
      const at = Math.min(effect.value, transaction.newDoc.length);
      const line = transaction.newDoc.lineAt(at);
      const from = Math.min(at, Math.max(line.from, line.to - 1));
      const place = from < line.to ? [faultPlace.range(from, from + 1)] : [];
      next = Decoration.set([faultLine.range(line.from), ...place]);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Wrapping and writing, which change while a view lives. */
export interface Switches {
  readonly wrap: boolean;
  readonly readOnly: boolean;
}

export const wrapping = new Compartment();
export const writing = new Compartment();

export const wrapOf = (wrap: boolean): Extension => (wrap ? EditorView.lineWrapping : []);

/** Read only is still reached by Tab and scrolled by the keyboard, and opens no touch keyboard. */
export const writingOf = (readOnly: boolean): Extension =>
  readOnly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [];

/** All of a view. Tab is not bound: it leaves the editor. */
export function extensionsOf(
  text: string,
  language: "json" | "text",
  switches: Switches,
  t: Translate,
): Extension {
  return [
    lineNumbers(),
    drawSelection(),
    special(t),
    translated(t),
    search({ top: true }),
    highlightSelectionMatches({ minSelectionLength: 2, maxMatches: 100 }),
    codeFolding(),
    ...(language === "json" ? [foldGutter(), jsonExtensions(text), faults] : []),
    syntaxHighlighting(colours),
    history(),
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap]),
    wrapping.of(wrapOf(switches.wrap)),
    writing.of(writingOf(switches.readOnly)),
  ];
}

import { foldAll, unfoldAll } from "@codemirror/language";
import { openSearchPanel } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from "react";
import { usePreferences } from "../../preferences.tsx";
import { extensionsOf, setFault, wrapOf, wrapping, writing, writingOf } from "./code-setup.ts";

/** What the tools above a view ask of it. */
export interface CodeHandle {
  search(): void;
  fold(): void;
  unfold(): void;
}

/** What is shown, how, and to whom changes are told. */
export interface CodeProps {
  readonly text: string;
  readonly label: string;
  readonly language: "json" | "text";
  readonly wrap: boolean;
  readonly readOnly: boolean;
  /** Pixels. */
  readonly heightMax: number;
  /** Without it the view is for reading. */
  readonly onChange?: (text: string) => void;
  /** Where the text stops being JSON. */
  readonly faultAt?: number | undefined;
  /** The element that says what is wrong. */
  readonly describedBy?: string | undefined;
  readonly handle?: Ref<CodeHandle>;
}

/** The names and states that screen readers are told. */
function attributesOf({ label, describedBy, faultAt }: CodeProps): Record<string, string> {
  return {
    tabindex: "0",
    "aria-label": label,
    ...(describedBy === undefined ? {} : { "aria-describedby": describedBy }),
    ...(faultAt === undefined ? {} : { "aria-invalid": "true" }),
  };
}

/** A view of code; a chunk of its own, since the editor is large. */
export default function Code(properties: CodeProps): ReactNode {
  const { text, language, wrap, readOnly, heightMax, faultAt, handle } = properties;
  const { t } = usePreferences();
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const newest = useRef(properties);
  const written = useRef(text);
  newest.current = properties;
  useEffect(() => {
    if (place.current === null) return undefined;
    const { current: now } = newest;
    written.current = now.text;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: now.text,
        extensions: [
          extensionsOf(now.text, language, now, t),
          EditorView.contentAttributes.of(() => attributesOf(newest.current)),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            const next = update.state.doc.toString();
            if (next === written.current) return;
            written.current = next;
            newest.current.onChange?.(next);
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [language, t]);
  useEffect(() => {
    if (written.current === text) return;
    written.current = text;
    const to = view.current?.state.doc.length ?? 0;
    view.current?.dispatch({ changes: { from: 0, to, insert: text } });
  }, [text]);
  useEffect(() => view.current?.dispatch({ effects: wrapping.reconfigure(wrapOf(wrap)) }), [wrap]);
  useEffect(() => {
    view.current?.dispatch({ effects: writing.reconfigure(writingOf(readOnly)) });
  }, [readOnly]);
  useEffect(() => view.current?.dispatch({ effects: setFault.of(faultAt) }), [faultAt, t]);
  useImperativeHandle(handle, () => ({
    search: () => view.current && openSearchPanel(view.current),
    fold: () => view.current && foldAll(view.current),
    unfold: () => view.current && unfoldAll(view.current),
  }));
  return <div className="code-view" ref={place} style={{ maxHeight: heightMax }} />;
}

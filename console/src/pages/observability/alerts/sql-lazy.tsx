import type { ReactNode } from "react";
import { loadedOnce } from "../../../ui/loaded.ts";
import type { SqlEditorProps } from "./sql-editor.tsx";

const useEditor = loadedOnce(() => import("./sql-editor.tsx"));

/** The editor of statements, and until it is loaded an empty place of its height. */
export function SqlEditor(props: SqlEditorProps): ReactNode {
  const Editor = useEditor();
  if (Editor !== undefined) return <Editor {...props} />;
  return <div className="bone sql-bone" aria-hidden="true" />;
}

import type { ReactNode } from "react";
import { loadedOnce } from "../loaded.ts";
import type { CodeProps } from "./code.tsx";

const useCode = loadedOnce(() => import("./code.tsx"));

const lineHeight = 20;
const around = 16;

/** The height that a text takes, as far as it is known before it is laid out, in pixels. */
function heightOf(text: string, heightMax: number): number {
  const linesMax = Math.ceil(heightMax / lineHeight);
  return Math.min(heightMax, text.split("\n", linesMax).length * lineHeight + around);
}

/** The editor, and until it is loaded an empty place of its height. */
export function LazyCode({
  heightMin = 0,
  ...props
}: CodeProps & { heightMin?: number }): ReactNode {
  const Code = useCode();
  if (Code !== undefined) return <Code {...props} />;
  const height = Math.max(heightMin, heightOf(props.text, props.heightMax));
  return <div className="bone code-bone" style={{ height }} aria-hidden="true" />;
}

import { createContext, use } from "react";
import { textOf, type Text } from "../../i18n/text.ts";
import { shown } from "../../i18n/foreign.ts";
import type { TraceSpan } from "./span.ts";
import en from "./en.json" with { type: "json" };
import zhTW from "./zh-TW.json" with { type: "json" };

/** What the drawings of traces say, by its keys. */
export type TraceKey = keyof typeof en;

/** What they say of traces, whatever else they are used for. */
export const useTraceText: () => Text<TraceKey> = textOf({ en, "zh-TW": zhTW });

/** How a drawing speaks of what is no trace but is drawn like one: the history of a run. */
export interface Speech {
  readonly t: Text<TraceKey>["t"];
  /** What stands for a service in it, in words. */
  readonly serviceName: (service: string) => string;
  /** What stands beside the name of a span; the name of its service if left out. */
  readonly beside?: (span: TraceSpan) => string;
}

const Context = createContext<Speech | undefined>(undefined);

/** Lets the drawings below it speak of something else than traces. */
export const SpeechProvider = Context.Provider;

const foreignName = (service: string): string => shown(service, 60);

/** What the drawings of traces say. */
export function useText(): Text<TraceKey> & Speech {
  const own = useTraceText();
  const speech = use(Context);
  return { ...own, serviceName: foreignName, ...speech };
}

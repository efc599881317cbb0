import { z } from "zod";
import type { LiveStreams } from "../../core/capabilities/streams.ts";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { Filter } from "../signals/filter.ts";
import type { QueryLanguage } from "./parts.ts";
import type { LogView } from "./shapes.ts";

/** Log lines that were just stored. */
export interface TailPart {
  readonly lines: readonly LogView[];
  /** Lines that matched and are not told, as there were too many. */
  readonly leftOut: number;
}

/** Live tails: whoever looks hears what was just stored. */
export interface Tails {
  /** `listener` hears a few times a second; the function given back ends it. */
  open(filter: Filter, listener: (part: TailPart) => void): () => void;
}

const TailQuery = z.object({ q: z.string().max(4096).default("") });

/** The API of live tails, below `/api/v1`. */
export function tailRoutes(
  tails: Tails,
  language: QueryLanguage,
  streams: () => LiveStreams,
): readonly AnyRoute[] {
  return [
    get(
      "/telemetry/tail",
      {
        role: "viewer",
        summary: "Log lines that a query finds, as they are stored: events `lines`",
        query: TailQuery,
        answerType: "text/event-stream",
      },
      ({ query, signal }) => {
        const filter = language.parse(query.q, "logs");
        return streams().serve(signal, (send) =>
          tails.open(filter, (part) => send("lines", JSON.stringify(part))),
        );
      },
    ),
  ];
}

import type { AnswerOf } from "../../../api/client.ts";

/** A trace in one line. */
export type Summary = AnswerOf<"/telemetry/traces", "get">["traces"][number];
/** A trace, analysed, with its logs and errors. */
export type TraceDetail = AnswerOf<"/telemetry/traces/{id}", "get">;
/** A span of it. */
export type AnalysedSpan = TraceDetail["analysis"]["spans"][number];

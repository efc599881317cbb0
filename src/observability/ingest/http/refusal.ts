import { coreErrors, MorningError } from "../../../core/errors.ts";
import type { Intake } from "../intake.ts";

const reasons: Readonly<Record<number, string>> = {
  400: "malformed",
  401: "unauthorized",
  403: "unauthorized",
  404: "unknown-path",
  405: "unknown-path",
  413: "too-large",
  415: "media-type",
  429: "overload",
};

/** The printable stretches of a body's start, for people: a protobuf shows its texts. */
export function excerpt(body: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = body;
  const text = Buffer.from(buffer, byteOffset, Math.min(byteLength, 2_000)).toString("utf8");
  return (text.match(/[^\u0000-\u001f\u007f\ufffd]{3,}/g) ?? []).join(" ").slice(0, 1_000);
}

/** An error as one of ours: what is not is our own fault. */
export function asMorning(error: unknown): MorningError {
  if (MorningError.is(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return coreErrors.MOR_INTERNAL(`ingest: ${text}`, { cause: error });
}

/** Counts a refusal for the dropped-data page, with the start of what was refused. */
export function countRefusal(
  intake: Intake,
  source: string,
  { status, message }: MorningError,
  what: string,
  body?: Uint8Array,
): void {
  // What the store refused (503) was counted where it was refused; 500 has an entry in the log.
  const reason = reasons[status];
  if (reason === undefined) return;
  const shown = body === undefined ? "" : `\n${excerpt(body)}`;
  intake.refuse(source, "unknown", reason, `${what}: ${message}${shown}`);
}

import { errorCatalogue } from "../../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec, MorningError } from "../../../core/errors.ts";

/** Errors of the embedded telemetry store. */
export const embeddedErrors: ErrorCatalogue<{
  readonly MOR_TELEMETRY_BUSY: ErrorSpec;
  readonly MOR_TELEMETRY_FULL: ErrorSpec;
  readonly MOR_TELEMETRY_IO: ErrorSpec;
  readonly MOR_TELEMETRY_BATCH: ErrorSpec;
  readonly MOR_TELEMETRY_OWNED: ErrorSpec;
  readonly MOR_TELEMETRY_FENCED: ErrorSpec;
  readonly MOR_TELEMETRY_SEGMENT_MISSING: ErrorSpec;
}> = errorCatalogue({
  MOR_TELEMETRY_BUSY: {
    status: 429,
    title: "The telemetry store takes in less than it is sent.",
    fix: "Send again after `retryAfterMs`; if it lasts, the disk or the processor is too slow.",
  },
  MOR_TELEMETRY_FULL: {
    status: 507,
    title: "The disk of the telemetry store is full; the batch was not kept.",
    fix: "Free space on the disk of the data folder, or shorten the retention.",
  },
  MOR_TELEMETRY_IO: {
    status: 503,
    title: "The disk of the telemetry store failed; the batch was not kept.",
    fix: "Look at the kernel log and the disk's health, then send again or restart.",
  },
  MOR_TELEMETRY_BATCH: {
    status: 400,
    title: "A batch is not laid out as batches are.",
    fix: "Make batches with `batchWriter`; one of another version is refused.",
  },
  MOR_TELEMETRY_OWNED: {
    status: 409,
    title: "Another process writes the telemetry store.",
    fix: "Stop the process that the message names, or wait until its lease has run out.",
  },
  MOR_TELEMETRY_FENCED: {
    status: 409,
    title: "Another process took over the writing of the telemetry store.",
    fix: "Nothing to mend: this process stops writing; what it had sealed before is kept.",
  },
  MOR_TELEMETRY_SEGMENT_MISSING: {
    status: 503,
    title: "A sealed segment is neither on the disk nor in blob storage.",
    fix: "Restore the blob, or delete the segment that the message names from the manifest.",
  },
});

/** A file system's error as one of ours. */
export function diskError(cause: unknown, what: string): MorningError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  const make = full ? embeddedErrors.MOR_TELEMETRY_FULL : embeddedErrors.MOR_TELEMETRY_IO;
  return make(`telemetry ${what}: ${message}`, { cause });
}

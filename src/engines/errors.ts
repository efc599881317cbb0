import { errorCatalogue } from "../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../core/errors.ts";

/** Errors of the engines that hold state, and of the local socket that reaches them. */
export const engineErrors: ErrorCatalogue<{
  readonly MOR_STATE_FULL: ErrorSpec;
  readonly MOR_STATE_IO: ErrorSpec;
  readonly MOR_STATE_BUSY: ErrorSpec;
  readonly MOR_STATE_OWNED: ErrorSpec;
  readonly MOR_STATE_CORRUPT: ErrorSpec;
  readonly MOR_STATE_UNKNOWN_OUTCOME: ErrorSpec;
  readonly MOR_STATE_SCHEMA_NEWER: ErrorSpec;
  readonly MOR_STATE_SQL: ErrorSpec;
  readonly MOR_READ_TOO_LARGE: ErrorSpec;
  readonly MOR_SOCKET_PROTOCOL: ErrorSpec;
  readonly MOR_SOCKET_REFUSED: ErrorSpec;
}> = errorCatalogue({
  MOR_STATE_FULL: {
    status: 507,
    title: "The disk that holds the state is full; the write was not kept.",
    fix: "Free space on the disk of the data folder, then repeat the call.",
  },
  MOR_STATE_IO: {
    status: 503,
    title: "The disk that holds the state failed; the write was not kept.",
    fix: "Look at the kernel log and the disk's health, then repeat the call or restart.",
  },
  MOR_STATE_BUSY: {
    status: 503,
    title: "Too much waits for the writer of the state.",
    fix: "Slow down and repeat; if it lasts, the disk is too slow for this load.",
  },
  MOR_STATE_OWNED: {
    status: 409,
    title: "Another process owns the state.",
    fix: "Stop the process that the message names, or choose another data folder.",
  },
  MOR_STATE_CORRUPT: {
    status: 500,
    title: "The state file is damaged or is not ours.",
    fix: "Restore the last backup with `morning restore`; keep the damaged file for a look.",
  },
  MOR_STATE_UNKNOWN_OUTCOME: {
    status: 503,
    title: "The connection was lost while the write committed; nobody knows whether it was kept.",
    fix: "Read what it would have written and repeat it only if it is missing, or use `once`.",
  },
  MOR_STATE_SCHEMA_NEWER: {
    status: 500,
    title: "The state was written by a newer version of Morning.",
    fix: "Run the newer version, or restore a backup that this version made.",
  },
  MOR_STATE_SQL: {
    status: 500,
    title: "The state engine refused a statement.",
    fix: "Correct the quoted statement; bring the schema forward if a table lacks.",
  },
  MOR_READ_TOO_LARGE: {
    status: 413,
    title: "The answer is larger than a read may be.",
    fix: "Narrow the query or read it in pages.",
  },
  MOR_SOCKET_PROTOCOL: {
    status: 502,
    title: "The peer on the local socket broke the protocol.",
    fix: "Run the same version of Morning in both processes.",
  },
  MOR_SOCKET_REFUSED: {
    status: 403,
    title: "The owner of the local socket refused the connection.",
    fix: "Run as the user who owns the data folder, with its current token.",
  },
});

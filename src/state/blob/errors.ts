import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of blobs. */
export const blobErrors: ErrorCatalogue<{
  readonly MOR_BLOB_KEY: ErrorSpec;
  readonly MOR_BLOB_TOO_LARGE: ErrorSpec;
  readonly MOR_BLOB_RANGE: ErrorSpec;
  readonly MOR_BLOB_CONTENT_TYPE: ErrorSpec;
  readonly MOR_BLOB_UPLOAD: ErrorSpec;
  readonly MOR_BLOB_DOWNLOAD_TOO_LARGE: ErrorSpec;
}> = errorCatalogue({
  MOR_BLOB_KEY: {
    status: 400,
    title: "The key of a blob is not usable.",
    fix: "Give 1 to 1,024 bytes of text without control characters.",
  },
  MOR_BLOB_TOO_LARGE: {
    status: 413,
    title: "The content is larger than the declaration allows.",
    fix: "Send less, or raise `bytesMax` of the declaration.",
  },
  MOR_BLOB_RANGE: {
    status: 416,
    title: "The range lies outside of the blob.",
    fix: "Ask for bytes that exist: `start` below the size, `end` not below `start`.",
  },
  MOR_BLOB_CONTENT_TYPE: {
    status: 415,
    title: "The content type is not a media type.",
    fix: "Give a media type such as application/pdf, at most 200 characters.",
  },
  MOR_BLOB_UPLOAD: {
    status: 409,
    title: "The upload is not under way: it was completed, aborted, or its process restarted.",
    fix: "Put the blob again from its beginning.",
  },
  MOR_BLOB_DOWNLOAD_TOO_LARGE: {
    status: 413,
    title: "The blob is larger than the platform's API hands out.",
    fix: "Read it in the app with a reader, or take it from the engine itself.",
  },
});

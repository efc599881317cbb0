import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of tables. */
export const tableErrors: ErrorCatalogue<{
  readonly MOR_TABLE_KEY: ErrorSpec;
  readonly MOR_TABLE_ROW_TOO_LARGE: ErrorSpec;
  readonly MOR_TABLE_INDEX_TOO_LARGE: ErrorSpec;
  readonly MOR_TABLE_ROW_NOT_JSON: ErrorSpec;
  readonly MOR_TABLE_PAGE_TOO_LARGE: ErrorSpec;
  readonly MOR_TABLE_QUERY: ErrorSpec;
  readonly MOR_TABLE_CURSOR: ErrorSpec;
}> = errorCatalogue({
  MOR_TABLE_KEY: {
    status: 400,
    title: "The key of a row is not usable.",
    fix: "Give every key field a non-empty text or a safe integer, at most 512 bytes in all.",
  },
  MOR_TABLE_ROW_TOO_LARGE: {
    status: 413,
    title: "The row is larger than a table takes.",
    fix: "Put large content in a blob and its key in the row.",
  },
  MOR_TABLE_INDEX_TOO_LARGE: {
    status: 413,
    title: "The indexed fields of the row are longer than an index takes.",
    fix: "Index a shorter field, such as a code or the first words.",
  },
  MOR_TABLE_ROW_NOT_JSON: {
    status: 400,
    title: "The row holds a value that is not JSON.",
    fix: "Keep instants as ISO text or milliseconds, and big integers as text.",
  },
  MOR_TABLE_PAGE_TOO_LARGE: {
    status: 400,
    title: "The page is larger than a list may answer.",
    fix: "Ask for at most 1,000 rows and go on with the cursor.",
  },
  MOR_TABLE_QUERY: {
    status: 400,
    title: "The list cannot be answered by the key or a declared index.",
    fix: "Declare an index whose first fields are those of `where`, and name it.",
  },
  MOR_TABLE_CURSOR: {
    status: 400,
    title: "The cursor is not one that this list gave.",
    fix: "Repeat the list without a cursor; keep its order and conditions from page to page.",
  },
});

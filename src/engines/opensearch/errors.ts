import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the client of OpenSearch. */
export const openSearchErrors: ErrorCatalogue<{
  readonly MOR_OPENSEARCH_REFUSED: ErrorSpec;
  readonly MOR_OPENSEARCH_DENIED: ErrorSpec;
  readonly MOR_OPENSEARCH_PROTOCOL: ErrorSpec;
}> = errorCatalogue({
  MOR_OPENSEARCH_REFUSED: {
    status: 502,
    title: "OpenSearch refused a request.",
    fix: "Look at the reason in the message: a mapping, a query or a limit of the cluster.",
  },
  MOR_OPENSEARCH_DENIED: {
    status: 502,
    title: "OpenSearch does not let this user do this.",
    fix: "Check the user and password, and give the role the permission that the message names.",
  },
  MOR_OPENSEARCH_PROTOCOL: {
    status: 502,
    title: "What answered is no OpenSearch, or not a version that is known.",
    fix: "Check the address: it must be the REST endpoint of OpenSearch 2 or newer.",
  },
});

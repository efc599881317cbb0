import { errorCatalogue } from "../../core/errors.ts";
import type { ErrorCatalogue, ErrorSpec } from "../../core/errors.ts";

/** Errors of the event bus. */
export const eventErrors: ErrorCatalogue<{
  readonly MOR_EVENT_TOO_LARGE: ErrorSpec;
  readonly MOR_EVENT_INCOMPATIBLE: ErrorSpec;
  readonly MOR_EVENT_INPUT_INVALID: ErrorSpec;
  readonly MOR_EVENT_REJECTED: ErrorSpec;
  readonly MOR_EVENT_REPLAY: ErrorSpec;
  readonly MOR_EVENT_CLOUDEVENT_INVALID: ErrorSpec;
  readonly MOR_EVENT_WEBHOOK_ADDRESS: ErrorSpec;
  readonly MOR_EVENT_WEBHOOK_FAILED: ErrorSpec;
}> = errorCatalogue({
  MOR_EVENT_TOO_LARGE: {
    status: 413,
    title: "An event with its envelope is larger than 1 MiB.",
    fix: "Put the content in a blob and publish its key.",
  },
  MOR_EVENT_INCOMPATIBLE: {
    status: 409,
    title: "An event's schema changed in a way that breaks its readers or publishers.",
    fix: "Undo the change at the path that the message names, or declare the next `version`.",
  },
  MOR_EVENT_INPUT_INVALID: {
    status: 500,
    title: "An input transformer is not valid.",
    fix: "Correct the path or the template that the message names; see the event README.",
  },
  MOR_EVENT_REJECTED: {
    status: 422,
    title: "A delivered event does not fit its schema and is not handed to the handler.",
    fix: "Look at it with `morning event log`; correct the publisher, or declare a new version.",
  },
  MOR_EVENT_REPLAY: {
    status: 409,
    title: "A replay cannot be started or changed.",
    fix: "Give it a name of its own, and a window whose end is after its start.",
  },
  MOR_EVENT_CLOUDEVENT_INVALID: {
    status: 400,
    title: "The request is not a valid CloudEvent 1.0.",
    fix: "Send id, source, type, specversion 1.0 and data that is a JSON object.",
  },
  MOR_EVENT_WEBHOOK_ADDRESS: {
    status: 400,
    title: "A webhook's address is not allowed.",
    fix: "Use a public https address; `allowPrivate` allows others where that is meant.",
  },
  MOR_EVENT_WEBHOOK_FAILED: {
    status: 502,
    title: "A webhook's receiver did not take the event.",
    fix: "Nothing to mend here while attempts are left: it is repeated, then dead-lettered.",
  },
});

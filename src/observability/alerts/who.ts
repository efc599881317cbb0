import { currentContext } from "../../core/context.ts";

/** Who calls, as far as the call says it; the audit log of the API knows it in any case. */
export function whoCalls(): string {
  return currentContext()?.identity ?? "operator";
}

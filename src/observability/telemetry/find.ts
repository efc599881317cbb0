import type { FindHit } from "../../core/host.ts";
import type { TelemetryRuntime } from "./runtime.ts";

const traceForm = /^[0-9a-f]{32}$/i;
const groupForm = /^[0-9a-f]{16}$/i;

/** The trace or the group of errors that bears an id. */
export async function findTelemetry(
  { driver, office }: TelemetryRuntime,
  id: string,
): Promise<readonly FindHit[]> {
  if (office === undefined || !driver.features.spans) return [];
  if (traceForm.test(id)) {
    const trace = await driver.trace(id);
    const [first] = trace?.spans ?? [];
    if (trace === undefined || first === undefined) return [];
    const title = `${first.name}: ${trace.spans.length} spans, ${trace.logs.length} log lines`;
    const atMs = Number(first.startNs / 1_000_000n);
    return [{ kind: "trace", id: trace.traceId, title, resource: "telemetry/traces", atMs }];
  }
  if (!groupForm.test(id)) return [];
  const group = await office.parts.groups.get(id.toLowerCase()).catch(() => undefined);
  if (group === undefined) return [];
  const title = `${group.type}: ${group.message}`.slice(0, 200);
  const atMs = group.lastSeenMs;
  return [{ kind: "error", id: group.fingerprint, title, resource: "telemetry/errors", atMs }];
}

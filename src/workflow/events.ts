import type { MessageInfo } from "../core/receiver.ts";
import type { WorkflowEngine } from "./engine/engine.ts";

/** Gives an event to the runs that wait for such a one; once to each, however often it comes. */
export async function deliver(
  engine: WorkflowEngine,
  name: string,
  { id, sentAtMs }: MessageInfo,
  data: unknown,
): Promise<void> {
  const time = new Date(sentAtMs).toISOString();
  await engine.deliverEvent(name, JSON.stringify({ id, "detail-type": name, time, detail: data }));
}

import type { Program } from "../engine/program.ts";
import type { AnyWorkflow } from "../workflow.ts";

/** Looks that one run of a sensor takes before it goes on as a new one with an empty history. */
const looksMax = 200;
const everyMsUsual = 60_000;

/** The name of the workflow that looks around for another one, and of its only run. */
export const sensorOf = (workflow: string): string => `${workflow}.sensor`;

/** Starts a run; the same id twice is one run. */
export type StartRun = (id: string, input: unknown) => Promise<unknown>;

/**
 * Looks around for ever. A look that fails is tried again with growing pauses; what it found is
 * started before its cursor is kept, so that a crash between the two starts nothing twice.
 */
export function sensorProgram(
  declared: AnyWorkflow,
  held: Readonly<Record<string, unknown>>,
  start: StartRun,
): Program | undefined {
  const { sensor } = declared;
  if (sensor === undefined) return undefined;
  const { everyMs = everyMsUsual } = sensor;
  const endless = Number.MAX_SAFE_INTEGER;
  const tries = { attemptsMax: endless, deathsMax: endless };
  const retry = { ...tries, baseMs: 1000, delayMsMax: 300_000 };
  return {
    name: sensorOf(declared.name),
    version: "1",
    held,
    run: async (context, input) => {
      let cursor = (input as { readonly cursor?: unknown } | null)?.cursor;
      for (let look = 0; look < looksMax; look++) {
        const last = cursor;
        const next = await context.step(
          "look",
          async () => {
            const { starts, cursor: found = last } = await sensor.look(held, last);
            for (const { id, input: given } of starts) await start(`${declared.name}.${id}`, given);
            return { cursor: found ?? null };
          },
          { retry },
        );
        cursor = next.cursor ?? undefined;
        await context.sleep(everyMs);
      }
      return context.continueAsNew(cursor === undefined ? {} : { cursor });
    },
  };
}

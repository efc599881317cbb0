import { z } from "zod";
import type { ScheduleView } from "./runtime.ts";

/** One schedule. */
export const ScheduleAnswer: z.ZodType<ScheduleView> = z.object({
  name: z.string(),
  description: z.string(),
  text: z.string(),
  timezone: z.string(),
  missed: z.enum(["skip", "once", "all"]),
  service: z.exactOptional(z.string()),
  paused: z.boolean(),
  nextAtMs: z.exactOptional(z.number()),
  lastAtMs: z.exactOptional(z.number()),
  queue: z.string(),
  missedTotal: z.number(),
  lastMissedAtMs: z.nullable(z.number()),
  handled: z.number(),
  failed: z.number(),
  deadLetters: z.number(),
  running: z.number(),
  upcomingMs: z.array(z.number()),
});

/** Every schedule. */
export const SchedulesAnswer: z.ZodType<{ readonly schedules: readonly ScheduleView[] }> = z.object(
  { schedules: z.array(ScheduleAnswer) },
);

/** The schedule whose run was asked for. */
export const RunAnswer: z.ZodType<{ readonly schedule: string }> = z.object({
  schedule: z.string(),
});

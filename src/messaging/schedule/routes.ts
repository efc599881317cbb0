import { z } from "zod";
import { accepted, get, noContent, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import { RunAnswer, ScheduleAnswer, SchedulesAnswer } from "./answers.ts";
import type { ScheduleRuntime } from "./runtime.ts";

const UpcomingQuery = z.object({
  /** How many of the next times each schedule tells. */
  upcoming: z.coerce.number().int().min(1).max(500).default(5),
});

/** The API of schedules, below `/api/v1`. */
export function scheduleRoutes(runtime: ScheduleRuntime): readonly AnyRoute[] {
  return [
    get(
      "/schedules",
      {
        role: "viewer",
        summary: "Schedules: when they fire next",
        query: UpcomingQuery,
        answer: SchedulesAnswer,
      },
      async ({ query }) => ({ schedules: await runtime.list(query.upcoming) }),
    ),
    get(
      "/schedules/:name",
      { role: "viewer", summary: "One schedule", query: UpcomingQuery, answer: ScheduleAnswer },
      ({ params, query }) => runtime.get(params.name, query.upcoming),
    ),
    post(
      "/schedules/:name/runs",
      {
        role: "operator",
        status: 202,
        summary: "Run now, besides its times",
        answer: RunAnswer,
      },
      async ({ params }) => {
        await runtime.run(params.name);
        return accepted({ schedule: params.name });
      },
    ),
    post(
      "/schedules/:name/pause",
      { role: "operator", status: 204, summary: "Fire no more until resumed" },
      async ({ params }) => {
        await runtime.pause(params.name);
        return noContent();
      },
    ),
    post(
      "/schedules/:name/resume",
      { role: "operator", status: 204, summary: "Fire again" },
      async ({ params }) => {
        await runtime.resume(params.name);
        return noContent();
      },
    ),
  ];
}

import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { coreErrors } from "../../core/errors.ts";
import { created, del, get, noContent, post, put } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { SignalReader } from "../signals/store.ts";
import { AlertForm } from "./alert.ts";
import {
  AlertDetailAnswer,
  AlertsAnswer,
  BacktestAnswer,
  HistoryAnswer,
  InstanceAnswer,
  MaintenanceAnswer,
  MaintenancesAnswer,
  NotificationsAnswer,
  SilenceAnswer,
  SilencesAnswer,
} from "./answers.ts";
import { backtest } from "./backtest.ts";
import type { AlertEngine } from "./engine.ts";
import { MaintenanceForm, SilenceForm } from "./silences.ts";
import { alertDetail, alertViews, instanceViews } from "./views.ts";
import { whoCalls } from "./who.ts";

/** What the API of alerts stands on. */
export interface AlertApi {
  readonly engine: AlertEngine;
  readonly reader: SignalReader;
  readonly clock: Clock;
}

const dayMs = 86_400_000;

const HistoryQuery = z.object({
  alert: z.string().max(60).optional(),
  beforeMs: z.coerce.number().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const NotificationsQuery = z.object({
  status: z.enum(["waiting", "sent", "failed"]).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const BacktestBody = z.strictObject({
  spec: AlertForm,
  fromMs: z.number().int().nonnegative(),
  toMs: z.number().int().positive(),
});

const SilenceBody = z.union([
  SilenceForm,
  z
    .strictObject({
      alert: z.string().min(1).max(60),
      forMs: z
        .number()
        .int()
        .min(60_000)
        .max(366 * dayMs),
      why: z.string().min(1).max(1000),
    })
    .describe("From now on, of one alert"),
]);

function alertRoutesOf({ engine, reader, clock }: AlertApi): readonly AnyRoute[] {
  const { book } = engine;
  return [
    get(
      "/alerts",
      {
        role: "viewer",
        summary: "Every alert: definition, state, last value",
        answer: AlertsAnswer,
      },
      async () => ({
        alerts: await alertViews(engine),
        notifiers: engine.notifierNames(),
      }),
    ),
    get(
      "/alerts/history",
      {
        role: "viewer",
        summary: "Changes of alerts, the newest first",
        query: HistoryQuery,
        answer: HistoryAnswer,
      },
      async ({ query }) => ({ history: await book.history(query) }),
    ),
    post(
      "/alerts/backtest",
      {
        role: "viewer",
        reads: true,
        summary: "When an alert would have fired in a range of the past",
        body: BacktestBody,
        answer: BacktestAnswer,
      },
      async ({ body: { spec, fromMs, toMs } }) => {
        checkRange(fromMs, toMs, clock.now());
        const objective = async (name: string) => (await engine.objectives.get(name)).spec;
        const context = { reader, clock, knowledge: engine.knowledge, objective };
        return backtest(spec, { fromMs, toMs }, context);
      },
    ),
    post(
      "/alerts/instances/:fingerprint/acknowledge",
      {
        role: "operator",
        summary: "Take care of a firing: it is not told again until it is over",
        answer: InstanceAnswer,
      },
      async ({ params }) => {
        const instance = await book.acknowledge(params.fingerprint, whoCalls());
        const [view] = await instanceViews(engine, clock, [instance]);
        if (view === undefined) throw coreErrors.MOR_INTERNAL("an instance has no view");
        return view;
      },
    ),
  ];
}

function definitionRoutes({ engine, clock }: AlertApi): readonly AnyRoute[] {
  const { catalog } = engine;
  return [
    get(
      "/alerts/:name",
      {
        role: "viewer",
        summary: "One alert: its instances and its history",
        answer: AlertDetailAnswer,
      },
      ({ params }) => alertDetail(engine, clock, params.name),
    ),
    put(
      "/alerts/:name",
      {
        role: "operator",
        summary: "Save an alert; those of code change there",
        body: AlertForm,
        answer: AlertDetailAnswer,
      },
      async ({ params, body }) => {
        await catalog.put(params.name, body, whoCalls());
        return alertDetail(engine, clock, params.name);
      },
    ),
    del(
      "/alerts/:name",
      { role: "operator", summary: "Delete a saved alert", status: 204 },
      async ({ params }) => {
        await catalog.remove(params.name);
        return noContent();
      },
    ),
    post(
      "/alerts/:name/test",
      {
        role: "operator",
        summary: "Send a test notification to the alert's notifiers",
        answer: z.object({ id: z.string() }),
      },
      async ({ params }) => ({ id: await engine.test(params.name) }),
    ),
  ];
}

function checkRange(fromMs: number, toMs: number, nowMs: number): void {
  if (fromMs >= toMs) throw coreErrors.MOR_INVALID("the range ends before it begins");
  if (toMs - fromMs > 92 * dayMs) throw coreErrors.MOR_INVALID("the range is over 92 days");
  if (toMs > nowMs + 60_000) throw coreErrors.MOR_INVALID("the range ends in the future");
}

function mutingRoutes({ engine: { book }, clock }: AlertApi): readonly AnyRoute[] {
  return [
    get(
      "/silences",
      {
        role: "viewer",
        summary: "Silences, those of the last week included",
        answer: SilencesAnswer,
      },
      async () => ({ silences: await book.silences() }),
    ),
    post(
      "/silences",
      {
        role: "operator",
        summary: "Tell nobody of some alerts for a time",
        body: SilenceBody,
        answer: SilenceAnswer,
        status: 201,
      },
      async ({ body }) => {
        const who = whoCalls();
        if (!("alert" in body)) return created(await book.silence(body, who));
        const matchers = [{ label: "alert", op: "=" as const, value: body.alert }];
        const fromMs = clock.now();
        const times = { fromMs, untilMs: fromMs + body.forMs };
        return created(await book.silence({ matchers, ...times, why: body.why }, who));
      },
    ),
    del(
      "/silences/:id",
      { role: "operator", summary: "End a silence now", status: 204 },
      async ({ params }) => {
        await book.unsilence(params.id);
        return noContent();
      },
    ),
    get(
      "/maintenance",
      { role: "viewer", summary: "Maintenance windows", answer: MaintenancesAnswer },
      async () => ({ windows: await book.windows() }),
    ),
    put(
      "/maintenance/:name",
      {
        role: "operator",
        summary: "Save a time in which alerts are expected, once or again and again",
        body: MaintenanceForm,
        answer: MaintenanceAnswer,
      },
      ({ params, body }) => book.putWindow(params.name, body, whoCalls()),
    ),
    del(
      "/maintenance/:name",
      { role: "operator", summary: "Delete a maintenance window", status: 204 },
      async ({ params }) => {
        await book.removeWindow(params.name);
        return noContent();
      },
    ),
    get(
      "/notifications",
      {
        role: "viewer",
        summary: "What was told to whom, and what is still to be told",
        query: NotificationsQuery,
        answer: NotificationsAnswer,
      },
      async ({ query }) => ({ notifications: await book.notifications(query) }),
    ),
  ];
}

/** The API of alerts, below `/api/v1`. */
export function alertRoutes(api: AlertApi): readonly AnyRoute[] {
  return [...alertRoutesOf(api), ...definitionRoutes(api), ...mutingRoutes(api)];
}

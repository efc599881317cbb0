import { asset, daily, hourly, partitionSpan, workflow } from "morning-ai/workflow";
import { blob } from "morning-ai/state/blob";
import type { BlobReader } from "morning-ai/state/blob";
import { z } from "zod";
import { payments } from "./payment-table.ts";

const timezone = "Europe/London";
const hourMs = 3_600_000;
const pageMax = 500;

const Partition = z.object({ partition: z.string() });

/** What the shop took and gave back in some time. */
export const Close = z.object({
  partition: z.string(),
  payments: z.int(),
  takenPence: z.int(),
  refundedPence: z.int(),
});
export type Close = z.infer<typeof Close>;

export const closeFiles = blob("closes", { description: "Sums of hours and days that are closed" });

const hours = hourly("2026-01-01T00", timezone);

export const hourSums = asset("hour-sums", {
  description: "What the shop took and gave back, by hour",
  of: closeFiles,
  partitions: hours,
  freshMs: 2 * hourMs,
});

export const dayCloses = asset("day-closes", {
  description: "What the shop took and gave back, by day",
  of: closeFiles,
  partitions: daily("2026-01-01", timezone),
  freshMs: 30 * hourMs,
});

const keyOf = (partition: string): string => `${partition.replace("T", "/")}.json`;

async function closeIn(files: BlobReader, partition: string): Promise<Close | undefined> {
  const file = await files.get(keyOf(partition));
  return file === undefined ? undefined : Close.parse(JSON.parse(await file.text()));
}

const factsOf = ({ payments: count, takenPence }: Close) => ({ payments: count, takenPence });

/** Sums an hour's payments while they are still there. */
export const sumHour = workflow(
  "sum-hour",
  {
    description: "Sums the payments of each hour, shortly after it",
    uses: { payments: payments.reader(), files: closeFiles.readWriter() },
    input: Partition,
    output: Close,
    schedule: { cron: "2 * * * *", timezone, missed: "once" },
    writes: [hourSums],
    facts: factsOf,
    checks: [
      {
        asset: hourSums,
        name: "not-more-back-than-taken",
        severity: "warn",
        async look({ files }, partition = "") {
          const sum = await closeIn(files, partition);
          const passed = sum !== undefined && sum.refundedPence <= sum.takenPence;
          return { passed, note: `${sum?.takenPence} taken, ${sum?.refundedPence} back` };
        },
      },
    ],
  },
  async (ctx, { partition }) =>
    ctx.step("sum the payments", async (held, { progress }) => {
      const { fromMs, untilMs } = partitionSpan(hours, partition);
      const sum = { partition, payments: 0, takenPence: 0, refundedPence: 0 };
      for (let cursor: string | undefined; ;) {
        const page = await held.payments.list({
          index: "byTime",
          range: { gte: fromMs, lt: untilMs },
          limit: pageMax,
          ...(cursor === undefined ? {} : { cursor }),
        });
        for (const { kind, status, pence } of page.rows) {
          if (status !== "succeeded") continue;
          sum.payments++;
          sum[kind === "payment" ? "takenPence" : "refundedPence"] += pence;
        }
        progress(sum.payments, undefined, "payments");
        if (page.cursor === undefined) break;
        cursor = page.cursor;
      }
      await held.files.put(keyOf(partition), JSON.stringify(sum));
      return sum;
    }),
);

/** Closes a day from the sums of its hours. */
export const closeDay = workflow(
  "close-day",
  {
    description: "Closes the day every night, from the sums of its hours",
    uses: { files: closeFiles.readWriter() },
    input: Partition,
    output: Close,
    schedule: { cron: "30 0 * * *", timezone, missed: "all" },
    reads: [hourSums],
    writes: [dayCloses],
    facts: factsOf,
  },
  async (ctx, { partition }) => {
    const ofDay = Array.from(
      { length: 24 },
      (_, hour) => `${partition}T${String(hour).padStart(2, "0")}`,
    );
    const sums = await ctx.step("read the hours", async ({ files }) => {
      const found = await Promise.all(ofDay.map((hour) => closeIn(files, hour)));
      return found.filter((sum) => sum !== undefined);
    });
    return ctx.step("write the close", async ({ files }) => {
      const total = (key: "payments" | "takenPence" | "refundedPence"): number =>
        sums.reduce((sum, one) => sum + one[key], 0);
      const close = {
        partition,
        payments: total("payments"),
        takenPence: total("takenPence"),
        refundedPence: total("refundedPence"),
      };
      await files.put(keyOf(partition), JSON.stringify(close));
      return close;
    });
  },
);

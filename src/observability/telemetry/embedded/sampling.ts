import { quoted } from "./duck.ts";

/**
 * Which traces are kept when they are sealed. What is counted (rollups, weights) stays exact or
 * unbiased, whatever is left out.
 */
export interface SamplingPolicy {
  /** Share of the traces that nothing else keeps, 0 to 1. 1 keeps everything. */
  readonly share: number;
  /** Shares of traces in which a service takes part; the highest counts. */
  readonly services?: Readonly<Record<string, number>>;
  /** Keeps traces with a failed span. */
  readonly keepErrors: boolean;
  /** Keeps traces with a span that took so long, milliseconds. */
  readonly slowerThanMs?: number;
  /** Keeps traces with a span beyond the 99th percentile of its operation. */
  readonly keepSlowest?: boolean;
  /** Keeps traces with an operation that is seen at most so often between two seals. */
  readonly rareMax?: number;
}

/** Keeps every trace. */
export const keepEverything: SamplingPolicy = { share: 1, keepErrors: true };

/** Whether a policy leaves anything out. */
export function samples(policy: SamplingPolicy): boolean {
  return policy.share < 1 || Object.values(policy.services ?? {}).some((share) => share < 1);
}

/** Operations with fewer spans have no percentile worth the name. */
const slowestOf = 100;

/**
 * The table `kept`: traces that were kept for what they are, so that late spans of them are too.
 */
export const keptTableSql = "create table if not exists kept (trace_id uuid, turn integer)";

/** Seals for which a trace is remembered as kept. */
const keptTurns = 12;

function shareSql(policy: SamplingPolicy): string {
  const own = Object.entries(policy.services ?? {});
  if (own.length === 0) return String(policy.share);
  const cases = own.map(([service, share]) => `when ${quoted(service)} then ${share}`).join(" ");
  return `max(case service ${cases} else ${policy.share} end)`;
}

/**
 * Decides each trace of `span` in the table `verdict`: `factor` is what its spans' weights are
 * multiplied by, 0 for traces that are left out. A trace that is kept for what it is counts for
 * itself; of the rest a share is kept by the hash of the id, which counts for those left out.
 */
export function verdictSql(policy: SamplingPolicy): readonly string[] {
  const reasons = ["false"];
  if (policy.keepErrors) reasons.push("status = 2");
  if (policy.slowerThanMs !== undefined) {
    reasons.push(`duration_ns >= ${Math.round(policy.slowerThanMs * 1e6)}`);
  }
  if (policy.keepSlowest === true) reasons.push("duration_ns > coalesce(slowest_ns, 2^62)");
  if (policy.rareMax !== undefined) reasons.push(`seen <= ${policy.rareMax}`);
  return [
    `create or replace temp table verdict as
      with operation as (
        select service, name, count(*) as seen,
          if(count(*) >= ${slowestOf}, quantile_disc(duration_ns, 0.99), null) as slowest_ns
        from span group by all),
      judged as (
        select trace_id, bool_or(${reasons.join(" or ")}) as kept, ${shareSql(policy)} as share
        from span join operation using (service, name) group by trace_id)
      select trace_id, case when kept or trace_id in (select trace_id from kept) then 1.0
        when hash(trace_id) / 18446744073709551615.0 < share then 1.0 / share
        else 0.0 end as factor, kept
      from judged`,
    `delete from kept where turn <= (select max(turn) - ${keptTurns} from kept)`,
    `insert into kept select trace_id, (select coalesce(max(turn), 0) + 1 from kept)
      from verdict where kept and trace_id not in (select trace_id from kept)`,
  ];
}

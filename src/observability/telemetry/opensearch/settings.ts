import { z } from "zod";
import { coreErrors } from "../../../core/errors.ts";

const Own = z.object({
  url: z.url().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  shards: z.number().int().min(1).max(100).default(1),
  replicas: z.number().int().min(0).max(10).default(1),
});

/** Where the cluster is, and how its indices are cut. */
export interface OpenSearchSettings {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Primary shards of a day's index. */
  readonly shards: number;
  /** Copies of each shard; 1 if left out, so that the loss of a node loses nothing. */
  readonly replicas: number;
}

/**
 * Divides the options of the driver: the cluster's, and those that every telemetry store has (for
 * `settingsOf`). What is left out comes from MORNING_OPENSEARCH_URL, MORNING_OPENSEARCH_USERNAME
 * and MORNING_OPENSEARCH_PASSWORD.
 * @throws MOR_CONFIG for wrong ones, or without an address
 */
export function openSearchSettings(
  options: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): {
  readonly cluster: OpenSearchSettings;
  readonly others: Readonly<Record<string, unknown>>;
} {
  const others = Object.fromEntries(
    Object.entries(options).filter(([name]) => !Object.hasOwn(Own.shape, name)),
  );
  const found = Own.safeParse(options);
  if (!found.success) {
    const [issue] = found.error.issues;
    const subject = `telemetry: ${issue?.path.join(".") ?? ""}`;
    throw coreErrors.MOR_CONFIG(`${subject}: ${issue?.message ?? ""}`);
  }
  const { shards, replicas, ...given } = found.data;
  const url = given.url ?? env["MORNING_OPENSEARCH_URL"];
  const username = given.username ?? env["MORNING_OPENSEARCH_USERNAME"];
  const password = given.password ?? env["MORNING_OPENSEARCH_PASSWORD"];
  if (url === undefined || !URL.canParse(url)) {
    throw coreErrors.MOR_CONFIG("telemetry: opensearch needs url or MORNING_OPENSEARCH_URL");
  }
  return {
    cluster: {
      url,
      shards,
      replicas,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
    others,
  };
}

import { coreErrors, MorningError } from "../../../core/errors.ts";
import type { PublishResult } from "../driver.ts";

const missing = new Set(["ResourceNotFoundException", "NotFoundException", "NotFound"]);
const unreachable = new Set(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "ETIMEDOUT"]);
const throttled = /throttl|TooManyRequests|LimitExceeded/i;

/** An error of an AWS SDK as one of ours. */
export function awsFailure(subject: string, cause: unknown): MorningError {
  if (MorningError.is(cause)) return cause;
  const { name, code = "", message } = cause as Error & { readonly code?: string };
  if (missing.has(name)) {
    return coreErrors.MOR_NOT_FOUND(`${subject}: AWS has none: ${message}`, {
      cause,
      fix: "Deploy the infrastructure of this environment first.",
    });
  }
  if (unreachable.has(code)) {
    return coreErrors.MOR_ENGINE_UNAVAILABLE(`${subject}: AWS does not answer: ${code}`, { cause });
  }
  if (throttled.test(name)) {
    return coreErrors.MOR_OVERLOADED(`${subject}: AWS throttles: ${message}`, { cause });
  }
  return coreErrors.MOR_INTERNAL(`${subject}: AWS: ${name}: ${message}`, {
    cause,
    fix: "Look at the permissions of the role and at the quotas of the account.",
  });
}

/** What an engine said of one entry of a batch. */
export function entryFailure(
  subject: string,
  code: string | undefined,
  message: string | undefined,
): PublishResult {
  const said = `${subject}: ${code ?? "no answer"}: ${message ?? ""}`;
  if (code !== undefined && throttled.test(code)) {
    return { error: { code: "MOR_OVERLOADED", message: said } };
  }
  if (code === undefined || code.startsWith("Internal")) {
    return { error: { code: "MOR_ENGINE_UNAVAILABLE", message: said } };
  }
  return { error: { code: "MOR_INVALID", message: said } };
}

/** How entries go out in batches. */
export interface Batching<Entry, Made> {
  readonly entriesMax: number;
  readonly bytesMax: number;
  /** Makes what the engine takes; what it throws is the result of the entry. */
  make(entry: Entry): Made;
  bytesOf(made: Made): number;
  /** The result that an error of `make` stands for. */
  refused(error: unknown): PublishResult;
  /** Sends one batch; results in its order. */
  send(batch: readonly Made[]): Promise<readonly PublishResult[]>;
}

/** Requests under way at once. */
const requestsMax = 8;

/** Sends entries in as few requests as the limits allow; each entry succeeds or fails alone. */
export async function inBatches<Entry, Made>(
  entries: readonly Entry[],
  batching: Batching<Entry, Made>,
): Promise<readonly PublishResult[]> {
  const results: PublishResult[] = [];
  const batches: { readonly places: number[]; readonly made: Made[]; bytes: number }[] = [];
  entries.forEach((entry, place) => {
    let made: Made;
    try {
      made = batching.make(entry);
    } catch (error) {
      results[place] = batching.refused(error);
      return;
    }
    const bytes = batching.bytesOf(made);
    const last = batches.at(-1);
    const room =
      last !== undefined &&
      last.made.length < batching.entriesMax &&
      last.bytes + bytes <= batching.bytesMax;
    if (!room) return void batches.push({ places: [place], made: [made], bytes });
    last.places.push(place);
    last.made.push(made);
    last.bytes += bytes;
  });
  const waiting = batches.values();
  const work = async (): Promise<void> => {
    for (const { places, made } of waiting) {
      const answers = await batching.send(made).catch((error: unknown) => {
        const failed = batching.refused(error);
        return made.map(() => failed);
      });
      places.forEach((place, index) => {
        results[place] = answers[index] ?? entryFailure("event", undefined, undefined);
      });
    }
  };
  await Promise.all(Array.from({ length: requestsMax }, work));
  return results;
}

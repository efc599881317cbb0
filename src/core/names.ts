import { createHash } from "node:crypto";

/** What a kind of cloud resource allows in its name. */
interface NameRule {
  readonly lengthMax: number;
  readonly suffix?: string;
  /** Characters between the parts; dots in names become this too where dots are not allowed. */
  readonly separator: "-" | "_" | "/";
  readonly dots: boolean;
}

/** Kinds of physical resources. */
export type PhysicalKind =
  | "queue"
  | "fifo-queue"
  | "event-bus"
  | "rule"
  | "archive"
  | "topic"
  | "schedule"
  | "schedule-group"
  | "state-machine"
  | "bucket"
  | "table"
  | "secret"
  | "cache"
  | "role";

/** Sources: the quotas pages of each AWS service; PostgreSQL's NAMEDATALEN of 64. */
const rules: Readonly<Record<PhysicalKind, NameRule>> = {
  queue: { lengthMax: 80, separator: "-", dots: false },
  "fifo-queue": { lengthMax: 80, suffix: ".fifo", separator: "-", dots: false },
  "event-bus": { lengthMax: 256, separator: "-", dots: true },
  rule: { lengthMax: 64, separator: "-", dots: true },
  archive: { lengthMax: 48, separator: "-", dots: true },
  topic: { lengthMax: 256, separator: "-", dots: false },
  schedule: { lengthMax: 64, separator: "-", dots: true },
  "schedule-group": { lengthMax: 64, separator: "-", dots: true },
  "state-machine": { lengthMax: 80, separator: "-", dots: false },
  bucket: { lengthMax: 63, separator: "-", dots: false },
  table: { lengthMax: 63, separator: "_", dots: false },
  secret: { lengthMax: 512, separator: "/", dots: true },
  cache: { lengthMax: 40, separator: "-", dots: false },
  role: { lengthMax: 64, separator: "-", dots: true },
};

/** Hexadecimal digits of the hash that keeps a shortened name distinct. */
const hashLength = 8;

/**
 * The name of a resource in the cloud: `storefront-production-welcome-email`. Drivers resolve by it
 * and synth emits it; nothing else makes names. A name ends in a hash of its parts where two names
 * could meet otherwise: when it is too long for its kind, has dots that the kind does not allow, or
 * when a hyphen in the name of the app or of the environment hides where it ends (`shop` in
 * `prod-eu` against `eu-orders` in `prod`).
 */
export function physicalName(
  app: string,
  environment: string,
  kind: PhysicalKind,
  name: string,
): string {
  const rule = rules[kind];
  const whole = [app, environment, name].join(rule.separator);
  const undotted = rule.dots ? whole : whole.replaceAll(".", rule.separator);
  const shaped = rule.separator === "_" ? undotted.replaceAll("-", "_") : undotted;
  const suffix = rule.suffix ?? "";
  const room = rule.lengthMax - suffix.length;
  const plain = rule.separator === "/" || !`${app}${environment}`.includes("-");
  const distinct = plain && (rule.dots || !whole.includes("."));
  if (shaped.length <= room && distinct) return shaped + suffix;
  const parts = JSON.stringify([app, environment, name]);
  const hash = createHash("sha256").update(parts).digest("hex").slice(0, hashLength);
  const kept = shaped.slice(0, room - hashLength - 1).replace(/[-_/]+$/, "");
  return `${kept}${rule.separator}${hash}${suffix}`;
}

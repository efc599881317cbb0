/** What the server says went wrong (problem details, RFC 9457), as the console shows it. */
export interface ProblemInit {
  readonly status: number;
  /** `MOR_QUEUE_MESSAGE_TOO_LARGE`; `UNREACHABLE` when nothing answered. */
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
  readonly traceId?: string;
}

/** A call that failed. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fix: string;
  readonly traceId: string | undefined;

  constructor({ status, code, detail, fix, traceId }: ProblemInit, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
    this.code = code;
    this.fix = fix;
    this.traceId = traceId;
  }

  /** Nothing answered: the server is down or cannot be reached. */
  static unreachable(cause: unknown): Problem {
    return new Problem({ status: 0, code: "UNREACHABLE", detail: "", fix: "" }, { cause });
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads a refusal; what is no problem document is told by its status. */
export function problemOf(status: number, body: unknown): Problem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const { code, detail, title, fix, traceId } = fields;
  return new Problem({
    status,
    code: text(code) || `HTTP ${status}`,
    detail: text(detail) || text(title) || `HTTP ${status}`,
    fix: text(fix),
    ...(typeof traceId === "string" ? { traceId } : {}),
  });
}

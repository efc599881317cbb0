import { regexOf } from "../regex.ts";

/** What a rule took out of a text; `body`, `level` and `time` mean the record's own. */
export interface Extracted {
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly body?: string;
  readonly level?: string | number;
  readonly time?: string | number;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Names of the formats that are known. */
export type FormatName =
  | "nginx-access"
  | "nginx-error"
  | "apache-access"
  | "apache-error"
  | "postgres";

type Groups = Readonly<Record<string, string | undefined>>;
type Values = Record<string, string | number | boolean>;

function put(values: Values, key: string, value: string | undefined): void {
  if (value !== undefined && value !== "" && value !== "-") values[key] = value;
}

function putNumber(values: Values, key: string, value: string | undefined): void {
  if (value === undefined || value === "" || value === "-") return;
  const number = Number(value);
  if (Number.isFinite(number)) values[key] = number;
}

/** Common and combined log format; what servers add behind it may be a duration in seconds. */
const access = regexOf(
  "",
  String.raw`^(?<client>\S{1,256}) (?<ident>\S{1,256}) (?<user>\S{1,256}) \[`,
  String.raw`(?<time>[^\]]{1,64})\] "(?:(?<method>[A-Z]{1,16}) (?<target>[^ "]{1,8192})`,
  String.raw`(?: HTTP\/(?<version>[\d.]{1,8}))?|[^"]{0,8192})" (?<status>\d{3}) `,
  String.raw`(?<bytes>\d{1,15}|-)(?: "(?<referer>[^"]{0,8192})" "`,
  String.raw`(?<agent>[^"]{0,4096})")?(?:.{0,256}? (?<seconds>\d{1,6}\.\d{3}))?`,
);

function accessed(groups: Groups): Extracted {
  const values: Values = {};
  const [path, query] = (groups["target"] ?? "").split("?", 2);
  put(values, "client.address", groups["client"]);
  put(values, "user.name", groups["user"]);
  put(values, "http.request.method", groups["method"]);
  put(values, "url.path", path);
  put(values, "url.query", query);
  put(values, "network.protocol.version", groups["version"]);
  putNumber(values, "http.response.status_code", groups["status"]);
  putNumber(values, "http.response.body.size", groups["bytes"]);
  put(values, "http.request.header.referer", groups["referer"]);
  put(values, "user_agent.original", groups["agent"]);
  putNumber(values, "http.server.request.duration", groups["seconds"]);
  const status = Number(groups["status"]);
  const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
  return { attributes: values, level, ...timed(groups) };
}

const timed = ({ time }: Groups): { readonly time?: string } =>
  time === undefined ? {} : { time };

const nginxError = regexOf(
  "",
  String.raw`^(?<time>\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) \[(?<level>[a-z]{1,8})\] `,
  String.raw`(?<pid>\d{1,10})#(?<thread>\d{1,10}): (?:\*(?<connection>\d{1,15}) )?`,
  String.raw`(?<body>[\s\S]{1,65536})$`,
);

function nginxFailed(groups: Groups): Extracted {
  const values: Values = {};
  putNumber(values, "process.pid", groups["pid"]);
  putNumber(values, "thread.id", groups["thread"]);
  putNumber(values, "nginx.connection", groups["connection"]);
  const body = groups["body"] ?? "";
  put(values, "client.address", /, client: ([^,]{1,64})/.exec(body)?.[1]);
  put(values, "server.address", /, server: ([^,]{1,256})/.exec(body)?.[1]);
  put(values, "nginx.upstream", /, upstream: "([^"]{1,1024})"/.exec(body)?.[1]);
  const request = /, request: "([A-Z]{1,16}) ([^ "]{1,8192})/.exec(body);
  put(values, "http.request.method", request?.[1]);
  put(values, "url.path", request?.[2]?.split("?", 1)[0]);
  return { attributes: values, body, ...levelled(groups), ...timed(groups) };
}

const levelled = ({ level }: Groups): { readonly level?: string } =>
  level === undefined ? {} : { level };

const apacheError = regexOf(
  "",
  String.raw`^\[(?<time>[^\]]{20,40})\] \[(?:(?<module>\w{0,40}):)?`,
  String.raw`(?<level>[a-z]{1,8})\d?\](?: \[pid (?<pid>\d{1,10})(?::tid `,
  String.raw`(?<thread>\d{1,20}))?\])?(?: \[client (?<client>[^\]]{1,64}?)(?::`,
  String.raw`(?<port>\d{1,5}))?\])? (?:(?<code>AH\d{5}): )?(?<body>[\s\S]{1,65536})$`,
);

function apacheFailed(groups: Groups): Extracted {
  const values: Values = {};
  put(values, "apache.module", groups["module"]);
  putNumber(values, "process.pid", groups["pid"]);
  putNumber(values, "thread.id", groups["thread"]);
  put(values, "client.address", groups["client"]);
  putNumber(values, "client.port", groups["port"]);
  put(values, "apache.code", groups["code"]);
  return { attributes: values, body: groups["body"] ?? "", ...levelled(groups), ...timed(groups) };
}

/**
 * `log_line_prefix` of the default `%m [%p] ` and of `%m [%p] %q%u@%d `, and RDS's
 * `%t:%r:%u@%d:[%p]:`.
 */
const postgres = regexOf(
  "",
  String.raw`^(?<time>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,6})?`,
  String.raw`(?: [A-Z+-][\w:+]{0,8})?)(?::(?<client>[^:]{0,64}):(?:`,
  String.raw`(?<rdsUser>[^@]{0,63})@(?<rdsDatabase>[^:]{0,63}))?:\[`,
  String.raw`(?<rdsPid>\d{1,10})\]:| \[(?<pid>\d{1,10})\](?: (?<user>[^@\s]{1,63})@`,
  String.raw`(?<database>\S{1,63}))?) ?`,
  String.raw`(?<level>DEBUG\d?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT`,
  String.raw`|STATEMENT|CONTEXT|QUERY): {1,2}(?<body>[\s\S]{1,65536})$`,
);
const statement = regexOf(
  "",
  String.raw`^duration: (?<ms>[\d.]{1,16}) ms(?:  `,
  String.raw`(?:statement|execute [^:]{1,128}|plan): (?<text>[\s\S]{1,65536}))?`,
);

function queried(groups: Groups): Extracted {
  const values: Values = { "db.system.name": "postgresql" };
  putNumber(values, "process.pid", groups["pid"] ?? groups["rdsPid"]);
  put(values, "db.user", groups["user"] ?? groups["rdsUser"]);
  put(values, "db.namespace", groups["database"] ?? groups["rdsDatabase"]);
  put(values, "client.address", groups["client"]?.replace(/\(\d{1,5}\)$/, ""));
  const body = groups["body"] ?? "";
  const took = statement.exec(body)?.groups;
  putNumber(values, "db.duration_ms", took?.["ms"]);
  put(values, "db.query.text", took?.["text"]);
  return { attributes: values, body, ...levelled(groups), ...timed(groups) };
}

interface Format {
  readonly expression: RegExp;
  readonly read: (groups: Groups) => Extracted;
}

const formats: { readonly [N in FormatName]: Format } = {
  "nginx-access": { expression: access, read: accessed },
  "nginx-error": { expression: nginxError, read: nginxFailed },
  "apache-access": { expression: access, read: accessed },
  "apache-error": { expression: apacheError, read: apacheFailed },
  postgres: { expression: postgres, read: queried },
};

/** The names of all formats. */
export const formatNames: readonly FormatName[] = Object.keys(formats) as FormatName[];

/** Reads a line in a known format; undefined if it is not in it. */
export function readFormat(name: FormatName, text: string): Extracted | undefined {
  const { expression, read } = formats[name];
  const found = expression.exec(text);
  return found === null ? undefined : read(found.groups ?? {});
}

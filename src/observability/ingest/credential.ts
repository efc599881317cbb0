import { Buffer } from "node:buffer";

const keyForm = /^\S{1,200}$/;

function basicPassword(header: string): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,500})$/i.exec(header) ?? [];
  if (encoded === undefined) return undefined;
  const [user = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const password = rest.join(":");
  return password === "" ? user : password;
}

/**
 * The API key that a sender of telemetry brings, wherever its protocol puts it: `Authorization`
 * (Bearer, or the password of Basic), `X-Morning-Key`, `Api-Key`, Firehose's access key, the key of
 * a Sentry DSN. Header names are lower-case.
 */
export function credentialOf(
  headers: Readonly<Record<string, string | undefined>>,
  query = "",
): string | undefined {
  const authorization = headers["authorization"] ?? "";
  const sentry =
    headers["x-sentry-auth"] ?? (authorization.startsWith("Sentry ") ? authorization : "");
  const found =
    /^Bearer (\S{1,200})$/i.exec(authorization)?.[1] ??
    basicPassword(authorization) ??
    headers["x-morning-key"] ??
    headers["api-key"] ??
    headers["x-amz-firehose-access-key"] ??
    /sentry_key=([^\s,]{1,200})/.exec(sentry)?.[1] ??
    new URLSearchParams(query).get("sentry_key") ??
    undefined;
  return found !== undefined && keyForm.test(found) ? found : undefined;
}

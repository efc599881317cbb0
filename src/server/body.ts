import { coreErrors, MorningError } from "../core/errors.ts";
import type { BodyReader } from "../core/http.ts";
import { checkJson, parseJson } from "../core/json.ts";
import type { Json } from "../core/json.ts";
import { serverErrors } from "./errors.ts";

/** Largest request body where a route says nothing, bytes. */
export const bodyBytesMax: number = 1024 * 1024;

function tooLarge(subject: string, bytesMax: number): Error {
  return serverErrors.MOR_HTTP_BODY_TOO_LARGE(`${subject}: the body is over ${bytesMax} bytes`, {
    details: { bytesMax },
  });
}

/** Reads a body as text, never more of it than `bytesMax`. */
export async function readText(
  request: Request,
  subject: string,
  bytesMax: number,
): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) {
    throw tooLarge(subject, bytesMax);
  }
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) throw tooLarge(subject, bytesMax);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (MorningError.is(cause)) throw cause;
    throw coreErrors.MOR_CANCELLED(`${subject}: the caller left within the body`, { cause });
  }
  try {
    return utf8.decode(Buffer.concat(chunks));
  } catch (cause) {
    throw coreErrors.MOR_INVALID(`${subject}: the body is not UTF-8`, { cause });
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a body: JSON, or another type that has a reader; undefined when there is none.
 * @throws MOR_INVALID, MOR_HTTP_MEDIA_TYPE
 */
export async function readBody(
  request: Request,
  subject: string,
  bytesMax: number,
  readers: Readonly<Record<string, BodyReader>> = {},
): Promise<Json | undefined> {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw serverErrors.MOR_HTTP_MEDIA_TYPE(`${subject}: the body is encoded by ${encoding}`, {
      fix: "Send the body as it is, without a content-encoding.",
    });
  }
  const text = await readText(request, subject, bytesMax);
  if (text === "") return undefined;
  const mediaType = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  const reader = Object.entries(readers).find(([type]) => type === mediaType)?.[1];
  if (reader !== undefined) {
    const value = (await reader(text, `${subject}: the body`)) as Json;
    checkJson(value, `${subject}: the body`);
    return value;
  }
  if (mediaType !== "application/json" && mediaType?.endsWith("+json") !== true) {
    const known = ["application/json", ...Object.keys(readers)].join(" or ");
    throw serverErrors.MOR_HTTP_MEDIA_TYPE(
      `${subject}: the content type is ${mediaType ?? "missing"}, not ${known}`,
    );
  }
  return parseJson(text, `${subject}: the body`);
}

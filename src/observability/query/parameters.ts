/** Parameters of a compatible API, from the address and from a form in the body. */
export type Parameters = URLSearchParams;

/** Bytes of a form at most. */
const formBytesMax = 1_048_576;

/** The body was larger than a form may be. */
export class FormTooLarge extends Error {}

async function bounded(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > formBytesMax) throw new FormTooLarge("the form is larger than 1 MiB");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * What a request asks for: its query string and, for POST, its form (which both Prometheus and
 * Jaeger clients send when an expression is long).
 * @throws FormTooLarge past 1 MiB
 */
export async function parametersOf(request: Request): Promise<Parameters> {
  const parameters = new URL(request.url).searchParams;
  if (request.method !== "POST") return parameters;
  for (const [name, value] of new URLSearchParams(await bounded(request))) {
    parameters.append(name, value);
  }
  return parameters;
}

/** The path of a request behind a prefix such as `/compat/jaeger/api/`, its segments decoded. */
export function segmentsOf(request: Request, prefix: string): readonly string[] | undefined {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(prefix)) return undefined;
  try {
    return pathname
      .slice(prefix.length)
      .split("/")
      .filter((part) => part !== "")
      .map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}

/** A JSON answer. */
export function jsonAnswer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json" },
  });
}

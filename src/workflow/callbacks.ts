import { z } from "zod";
import { MorningError } from "../core/errors.ts";
import type { ForeignProtocol } from "../core/host.ts";
import { parseJson } from "../core/json.ts";
import { validate } from "../core/schema.ts";
import type { WorkflowEngine } from "./engine/engine.ts";

const bytesMax = 1024 * 1024;
const reasonMax = 4000;
const folder = "/callbacks/";

/**
 * Where whoever has a callback's token answers it, without any other credential: POST `{ "value":
 * ... }` or `{ "error": "why" }` to this path of the platform. POST to `/heartbeat` below it says
 * that the answer is still worked on.
 */
export const callbackPath = (token: string): string => `${folder}${token}`;

function problem(status: number, title: string, more: object = {}): Response {
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify({ status, title, ...more }), { status, headers });
}

const Answer = z.object({ value: z.unknown().optional(), error: z.string().optional() });

/** @throws MOR_INVALID, MOR_WORKFLOW_TOKEN */
async function take(engine: WorkflowEngine, path: string, text: string): Promise<void> {
  const [token = "", ...rest] = path.split("/");
  if (rest.join("/") === "heartbeat") return engine.heartbeat(token);
  const subject = "the answer of a callback";
  const said = text === "" ? {} : parseJson(text, subject);
  const { value = null, error } = await validate(Answer, said, subject);
  if (error === undefined) await engine.answer(token, value);
  else await engine.fail(token, new Error(error.slice(0, reasonMax)));
}

/** Takes answers of callbacks from outside; their token is what allows it. */
export function callbackDoor(engine: WorkflowEngine): ForeignProtocol {
  return {
    paths: [`${folder}*`],
    role: "token",
    async handle(request) {
      if (request.method !== "POST") return problem(405, "POST the answer.");
      const length = Number(request.headers.get("content-length") ?? 0);
      const text = length > bytesMax ? "" : await request.text();
      if (length > bytesMax || text.length > bytesMax) {
        return problem(413, "The answer is larger than 1 MiB.");
      }
      try {
        await take(engine, new URL(request.url).pathname.slice(folder.length), text);
        return new Response(null, { status: 204 });
      } catch (error) {
        if (!MorningError.is(error) || error.status >= 500) throw error;
        const { status, title, message: detail, code } = error;
        return problem(status, title, { detail, code });
      }
    },
  };
}

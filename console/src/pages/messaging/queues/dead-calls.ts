import { call, type AnswerOf } from "../../../api/client.ts";
import { Problem } from "../../../api/problem.ts";
import type { Message } from "./data.ts";
import { livingOf, type QueueScene } from "./scene.ts";

/** What to send again, and how. */
export interface RedriveInput {
  readonly ids?: readonly string[];
  /** Any JSON, in place of the body of the one letter in `ids`. */
  readonly body?: unknown;
  readonly rate?: number | undefined;
  readonly to?: string | undefined;
}

/** Sends dead letters of a page's queue again: all of them, or those that are named. */
export function redrive(
  { queue }: QueueScene,
  { rate, to, ...input }: RedriveInput,
): Promise<AnswerOf<"/queues/{name}/redrive", "post">> {
  const body = {
    ...input,
    ...(rate === undefined ? {} : { rate }),
    ...(to === undefined ? {} : { to }),
  };
  return call("post", "/queues/{name}/redrive", { path: { name: queue.name }, body });
}

/** Where letters go that do not say where they came from: to the queue that the page knows. */
export function targetOf(scene: QueueScene, letters: readonly Message[]): string | undefined {
  return letters.some(({ source }) => source === undefined) ? livingOf(scene)?.name : undefined;
}

/** How many letters were deleted, and how many were not there any more. */
export interface Removed {
  readonly removed: number;
  readonly gone: number;
}

const togetherMax = 6;

/** Deletes letters one by one, a few at a time. @throws Problem the first that is no *gone* */
export async function removeAll(dead: string, letters: readonly Message[]): Promise<Removed> {
  const waiting = letters.map(({ id }) => id);
  let removed = 0;
  let gone = 0;
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      try {
        await call("delete", "/queues/{name}/messages/{id}", { path: { name: dead, id } });
        removed++;
      } catch (problem) {
        if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
        gone++;
      }
    }
  };
  await Promise.all(Array.from({ length: togetherMax }, work));
  return { removed, gone };
}

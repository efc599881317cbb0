import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";
import { MorningError } from "../../core/errors.ts";
import type { BlobReader, BlobWriter } from "../../state/blob/index.ts";
import { itemReaderFailed } from "../asl/index.ts";
import type { ListedObject, ObjectStore } from "../asl/index.ts";
import type { MachineContext } from "./context.ts";
import type { AnyStateMachine } from "./declaration.ts";
import type { HeldThings } from "./tasks.ts";

/** Bytes of one object that is read: as many as the interpreter takes. */
const objectBytesMax = 64 * 1_048_576;
/** Objects of one list. */
const listedMax = 100_000;
/** Characters of what the journal keeps of one read: a run's whole history has 64 Mi. */
const keptMax = 16 * 1_048_576;
/** Characters of a step's name that a key may fill. */
const namedMax = 200;

const zipped = promisify(gzip);

type Verb = "read" | "write";

/** What a machine holds of a set of blobs, which is a bucket's name here. */
function heldBlobs(
  machine: AnyStateMachine,
  held: HeldThings,
  bucket: string,
  verb: Verb,
): unknown {
  const found = Object.entries(machine.uses).find(
    ([, { resource, verb: has }]) =>
      resource.kind === "blob" && resource.name === bucket && [verb, "readWrite"].includes(has),
  );
  if (found !== undefined) return held[found[0]];
  const cause =
    `The state machine ${machine.name} holds no blobs "${bucket}" to ${verb}: ` +
    `give its uses their ${verb === "read" ? "reader" : "writer"}().`;
  throw verb === "read" ? itemReaderFailed(cause) : new Error(cause);
}

async function listedIn(blobs: BlobReader, prefix: string): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await blobs.list({
      prefix,
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { key, size, etag, updatedAtMs } of page.blobs) {
      found.push({ key, size, etag, modifiedMs: updatedAtMs });
    }
    if (found.length > listedMax) {
      throw itemReaderFailed(
        `A list has at most ${listedMax} objects: narrow the prefix ${prefix}.`,
      );
    }
    cursor = page.cursor;
    if (cursor === undefined) return found;
  }
}

/** The blobs that a machine holds, as the objects of its distributed maps: a bucket each set. */
export function heldObjects(machine: AnyStateMachine, held: HeldThings): ObjectStore {
  return {
    async get(bucket, key) {
      const found = await (heldBlobs(machine, held, bucket, "read") as BlobReader).get(key);
      if (found === undefined) return undefined;
      if (found.info.size <= objectBytesMax) return found.bytes();
      throw itemReaderFailed(`The object ${bucket}/${key} has more than ${objectBytesMax} bytes.`);
    },
    list: (bucket, prefix) =>
      listedIn(heldBlobs(machine, held, bucket, "read") as BlobReader, prefix),
    async put(bucket, key, body) {
      await (heldBlobs(machine, held, bucket, "write") as BlobWriter).put(key, body);
    },
  };
}

/** What the journal keeps of something that was read. */
async function kept(what: string, body: Uint8Array): Promise<string> {
  const text = (await zipped(body)).toString("base64");
  if (text.length <= keptMax) return text;
  throw itemReaderFailed(
    `${what} is more than the journal keeps of one read, ${keptMax} characters compressed.`,
  );
}

const unkept = (text: string): Buffer =>
  gunzipSync(Buffer.from(text, "base64"), { maxOutputLength: objectBytesMax });

/** A failed step's own words, as the map that reads fails with them. */
async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!MorningError.is(error, "MOR_WORKFLOW_STEP_FAILED")) throw error;
    const { message } = error.details["cause"] as { readonly message?: string };
    throw itemReaderFailed(message ?? error.message);
  }
}

/**
 * The same over a journal: what is read is kept in it, compressed, so that the run goes on with the
 * same items after a crash, whatever became of the object meanwhile.
 */
export function journalObjects(context: MachineContext, machine: AnyStateMachine): ObjectStore {
  const step = (what: string, work: (objects: ObjectStore) => Promise<string>): Promise<string> => {
    const name = what.slice(0, namedMax);
    return reading(() => context.keep(name, (held) => work(heldObjects(machine, held))));
  };
  return {
    async get(bucket, key) {
      const what = `read ${bucket}/${key}`;
      const text = await step(what, async (objects) => {
        const body = await objects.get(bucket, key);
        return body === undefined ? "" : kept(what, body);
      });
      return text === "" ? undefined : unkept(text);
    },
    async list(bucket, prefix) {
      const what = `list ${bucket}/${prefix}`;
      const text = await step(what, async (objects) =>
        kept(what, Buffer.from(JSON.stringify(await objects.list(bucket, prefix)))),
      );
      return JSON.parse(unkept(text).toString()) as ListedObject[];
    },
    async put(bucket, key, body) {
      await step(`write ${bucket}/${key}`, async (objects) => {
        await objects.put(bucket, key, body);
        return "";
      });
    },
  };
}

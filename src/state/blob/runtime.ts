import { coreErrors } from "../../core/errors.ts";
import type { CapabilityRuntime, Holder, Host } from "../../core/host.ts";
import type { Capability, Resource } from "../../core/resource.ts";
import { storeForms, tracedHeld } from "../../core/traced.ts";
import type { Blob, BlobContent, BlobObject, BlobReader, BlobWriter, ByteRange } from "./blob.ts";
import type { BlobDriver, BlobInfo } from "./driver.ts";
import { blobErrors } from "./errors.ts";

/** Longest key, bytes of UTF-8: S3's limit. */
export const keyBytesMax = 1024;

/** Bytes that one read brings. */
const readBytes: number = 2 ** 20;
const listMax = 1000;
const listDefault = 100;
const defaultType = "application/octet-stream";
const typeForm = /^[a-z0-9!#$&^_.+-]{1,80}\/[a-z0-9!#$&^_.+-]{1,80}(?:;[\x20-\x7e]{1,120})?$/i;

function checkKey(set: string, key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes >= 1 && bytes <= keyBytesMax && !/\p{Cc}/u.test(key) && key.isWellFormed()) return key;
  throw blobErrors.MOR_BLOB_KEY(`blob ${set}: the key ${JSON.stringify(key.slice(0, 80))}`);
}

function checkType(set: string, contentType: string): string {
  if (typeForm.test(contentType)) return contentType;
  throw blobErrors.MOR_BLOB_CONTENT_TYPE(`blob ${set}: ${JSON.stringify(contentType)}`);
}

function tooLarge(set: Blob, key: string): Error {
  const { name, bytesMax } = set;
  const text = `blob ${name}: ${JSON.stringify(key)} has more than ${bytesMax} bytes`;
  return blobErrors.MOR_BLOB_TOO_LARGE(text, { details: { bytesMax } });
}

function objectOf(driver: BlobDriver, set: string, info: BlobInfo, range?: ByteRange): BlobObject {
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? info.size - 1, info.size - 1);
  const whole = range === undefined;
  if (!whole && (!Number.isInteger(start) || start < 0 || start > end)) {
    const text = `blob ${set}: bytes ${start} to ${range.end ?? ""} of ${info.size}`;
    throw blobErrors.MOR_BLOB_RANGE(text, { details: { size: info.size } });
  }
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (let at = start; at <= end; at += readBytes) {
      const length = Math.min(readBytes, end - at + 1);
      yield await driver.read(set, info.key, { start: at, length, etag: info.etag });
    }
  }
  const bytes = async (): Promise<Uint8Array> => {
    const parts: Uint8Array[] = [];
    for await (const part of stream()) parts.push(part);
    return new Uint8Array(Buffer.concat(parts));
  };
  return { info, stream, bytes, text: async () => Buffer.from(await bytes()).toString("utf8") };
}

/** Makes the reads of a set. */
export function makeReader(set: Blob, driver: BlobDriver): BlobReader {
  const { name } = set;
  return {
    async get(key, { range } = {}) {
      const info = await driver.info(name, checkKey(name, key));
      return info === undefined ? undefined : objectOf(driver, name, info, range);
    },
    getInfo: async (key) => driver.info(name, checkKey(name, key)),
    async list({ prefix = "", limit = listDefault, cursor } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > listMax) {
        throw coreErrors.MOR_INVALID(`blob ${name}: a page has 1 to ${listMax} blobs`);
      }
      if (prefix !== "") checkKey(name, prefix);
      const after = cursor === undefined ? {} : { after: checkKey(name, cursor) };
      return driver.list(name, { prefix, limit, ...after });
    },
  };
}

async function* contentParts(content: BlobContent): AsyncGenerator<Uint8Array> {
  if (typeof content === "string") yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else for await (const part of content) yield typeof part === "string" ? Buffer.from(part) : part;
}

/** Regroups parts into such of `size` bytes; the last may have fewer. */
async function* regrouped(
  parts: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of parts) {
    for (let at = 0; at < part.byteLength;) {
      const taken = part.subarray(at, at + size - bytes);
      held.push(taken);
      at += taken.byteLength;
      bytes += taken.byteLength;
      if (bytes < size) continue;
      yield Buffer.concat(held);
      held = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/** Makes the writes of a set. */
export function makeWriter(set: Blob, driver: BlobDriver): BlobWriter {
  const { name, bytesMax } = set;
  const partBytes = driver.features.partBytesMax;

  const putParts = async (
    key: string,
    contentType: string,
    parts: AsyncIterator<Uint8Array>,
    first: Uint8Array,
  ): Promise<BlobInfo> => {
    const upload = await driver.begin(name, key, contentType);
    try {
      let size = 0;
      for (let part: Uint8Array | undefined = first; part !== undefined;) {
        size += part.byteLength;
        if (size > bytesMax) throw tooLarge(set, key);
        await driver.append(upload, part);
        const next = await parts.next();
        part = next.done === true ? undefined : next.value;
      }
      return await driver.complete(upload);
    } catch (error) {
      await driver.abort(upload);
      throw error;
    }
  };

  return {
    async put(key, content, { contentType = defaultType } = {}) {
      checkKey(name, key);
      checkType(name, contentType);
      const parts = regrouped(contentParts(content), partBytes);
      const first = await parts.next();
      const bytes = first.done === true ? new Uint8Array() : first.value;
      if (bytes.byteLength > bytesMax) throw tooLarge(set, key);
      if (bytes.byteLength < partBytes) return driver.put(name, key, bytes, contentType);
      return putParts(key, contentType, parts, bytes);
    },
    delete: async (key) => driver.delete(name, checkKey(name, key)),
  };
}

const operations = ["get", "getInfo", "list", "put", "delete"];

/** The sets of blobs of an app at run time. */
export interface BlobRuntime extends CapabilityRuntime {
  readonly sets: readonly Blob[];
  readonly driver: BlobDriver;
  /** @throws MOR_NOT_FOUND */
  get(name: string): Blob;
}

/** Makes the sets known, then hands out what is held. */
export async function openBlobs(
  host: Host,
  driver: BlobDriver,
  resources: readonly Resource[],
): Promise<BlobRuntime> {
  const sets = resources as readonly Blob[];
  await driver.declare(sets.map(({ name }) => name));
  return {
    sets,
    driver,
    get(name) {
      const set = sets.find((one) => one.name === name);
      if (set !== undefined) return set;
      throw coreErrors.MOR_NOT_FOUND(`there is no blob ${name}`);
    },
    hold(capability: Capability, { service }: Holder) {
      const set = capability.resource as Blob;
      const reading = capability.verb === "write" ? {} : makeReader(set, driver);
      const writing = capability.verb === "read" ? {} : makeWriter(set, driver);
      const engine = host.engines?.get("blob") ?? "filesystem";
      const system = engine === "s3" ? "aws.s3" : engine;
      const forms = storeForms(system, "blob", set.name, operations);
      return tracedHeld({ ...reading, ...writing }, host.tracing.tracerFor(service), forms);
    },
    close: () => driver.close(),
  };
}

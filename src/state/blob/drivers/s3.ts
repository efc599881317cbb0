import type { CompletedPart } from "@aws-sdk/client-s3";
import { coreErrors, MorningError } from "../../../core/errors.ts";
import type { DriverModule, Host } from "../../../core/host.ts";
import { openS3 } from "../../../engines/s3/client.ts";
import type { BlobDriver, BlobFeatures, BlobInfo } from "../driver.ts";
import { blobErrors } from "../errors.ts";

const features: BlobFeatures = {
  ordered: true,
  listsContentType: false,
  partBytesMax: 8 * 2 ** 20,
};

/** An upload in parts that this process has under way. */
interface Upload {
  readonly set: string;
  readonly key: string;
  readonly contentType: string;
  readonly uploadId: string;
  readonly parts: CompletedPart[];
  size: number;
}

const unreachable = new Set(["ECONNREFUSED", "ENOTFOUND", "ECONNRESET", "ETIMEDOUT"]);

interface S3Failure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** An error of the SDK as one of ours. */
function s3Error(set: string, cause: unknown): MorningError {
  if (MorningError.is(cause)) return cause;
  const { name, message, code = "", $metadata } = cause as S3Failure;
  if (name === "NoSuchBucket") {
    return coreErrors.MOR_NOT_FOUND(`blob ${set}: S3 has no such bucket`, {
      cause,
      fix: "Deploy the infrastructure of this environment first.",
    });
  }
  if (unreachable.has(code)) {
    return coreErrors.MOR_ENGINE_UNAVAILABLE(`blob ${set}: S3 does not answer: ${code}`, { cause });
  }
  if ($metadata?.httpStatusCode === 412) {
    return coreErrors.MOR_CONFLICT(`blob ${set}: the content changed while it was read`, { cause });
  }
  return coreErrors.MOR_INTERNAL(`blob ${set}: S3: ${name}: ${message}`, {
    cause,
    fix: "Look at the permissions of the role and at the bucket's settings.",
  });
}

function isMissing(cause: unknown): boolean {
  const { name } = cause as S3Failure;
  return name === "NoSuchKey" || name === "NotFound";
}

async function openDriver(
  host: Host,
  options: Readonly<Record<string, unknown>>,
): Promise<BlobDriver> {
  const { sdk, client } = await openS3(host, options);
  const uploads = new Map<string, Upload>();
  const bucketOf = (set: string): string => host.physicalName("bucket", set);
  const at = (set: string, key: string): { Bucket: string; Key: string } => ({
    Bucket: bucketOf(set),
    Key: key,
  });
  const asOurs = async <T>(set: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (cause) {
      throw s3Error(set, cause);
    }
  };
  const take = (id: string): Upload => {
    const upload = uploads.get(id);
    if (upload === undefined) throw blobErrors.MOR_BLOB_UPLOAD(`blob: there is no upload ${id}`);
    return upload;
  };
  const info = (set: string, key: string): Promise<BlobInfo | undefined> =>
    asOurs(set, async () => {
      try {
        const head = await client.send(new sdk.HeadObjectCommand(at(set, key)));
        return {
          key,
          size: head.ContentLength ?? 0,
          etag: head.ETag ?? "",
          contentType: head.ContentType ?? "application/octet-stream",
          updatedAtMs: head.LastModified?.getTime() ?? 0,
        };
      } catch (cause) {
        if (isMissing(cause)) return undefined;
        throw cause;
      }
    });

  return {
    features,
    // Buckets are made by the infrastructure, never by a driver.
    declare: async () => {},
    info,
    read: (set, key, { start, length, etag }) =>
      asOurs(set, async () => {
        const range = { Range: `bytes=${start}-${start + length - 1}`, IfMatch: etag };
        try {
          const got = await client.send(new sdk.GetObjectCommand({ ...at(set, key), ...range }));
          return (await got.Body?.transformToByteArray()) ?? new Uint8Array();
        } catch (cause) {
          if (!isMissing(cause)) throw cause;
          const text = `blob ${set}: ${JSON.stringify(key)} was deleted while it was read`;
          throw coreErrors.MOR_CONFLICT(text, { cause });
        }
      }),
    put: (set, key, bytes, contentType) =>
      asOurs(set, async () => {
        const content = { Body: bytes, ContentType: contentType };
        const put = await client.send(new sdk.PutObjectCommand({ ...at(set, key), ...content }));
        const etag = put.ETag ?? "";
        const size = bytes.byteLength;
        return { key, size, etag, contentType, updatedAtMs: host.clock.now() };
      }),
    begin: (set, key, contentType) =>
      asOurs(set, async () => {
        const command = new sdk.CreateMultipartUploadCommand({
          ...at(set, key),
          ContentType: contentType,
        });
        const { UploadId: uploadId = "" } = await client.send(command);
        const id = host.ids.uuid();
        uploads.set(id, { set, key, contentType, uploadId, parts: [], size: 0 });
        return id;
      }),
    async append(id, bytes) {
      const upload = take(id);
      const { set, key, uploadId, parts } = upload;
      await asOurs(set, async () => {
        const PartNumber = parts.length + 1;
        const part = { PartNumber, UploadId: uploadId, Body: bytes };
        const sent = await client.send(new sdk.UploadPartCommand({ ...at(set, key), ...part }));
        parts.push({ PartNumber, ...(sent.ETag === undefined ? {} : { ETag: sent.ETag }) });
        upload.size += bytes.byteLength;
      });
    },
    async complete(id) {
      const { set, key, contentType, uploadId, parts, size } = take(id);
      return asOurs(set, async () => {
        const command = new sdk.CompleteMultipartUploadCommand({
          ...at(set, key),
          UploadId: uploadId,
          MultipartUpload: { Parts: parts },
        });
        const done = await client.send(command);
        uploads.delete(id);
        return { key, size, etag: done.ETag ?? "", contentType, updatedAtMs: host.clock.now() };
      });
    },
    async abort(id) {
      const upload = uploads.get(id);
      if (upload === undefined) return;
      uploads.delete(id);
      const { set, key, uploadId } = upload;
      const command = { ...at(set, key), UploadId: uploadId };
      await asOurs(set, () => client.send(new sdk.AbortMultipartUploadCommand(command)));
    },
    async delete(set, key) {
      await asOurs(set, () => client.send(new sdk.DeleteObjectCommand(at(set, key))));
    },
    list: (set, { prefix, after, limit }) =>
      asOurs(set, async () => {
        const command = new sdk.ListObjectsV2Command({
          Bucket: bucketOf(set),
          Prefix: prefix,
          MaxKeys: limit,
          ...(after === undefined ? {} : { StartAfter: after }),
        });
        const { Contents: contents = [], IsTruncated: more } = await client.send(command);
        const blobs = contents.map((one) => ({
          key: one.Key ?? "",
          size: one.Size ?? 0,
          etag: one.ETag ?? "",
          updatedAtMs: one.LastModified?.getTime() ?? 0,
        }));
        const cursor = blobs.at(-1)?.key;
        return more === true && cursor !== undefined ? { blobs, cursor } : { blobs };
      }),
    async close() {
      uploads.clear();
    },
  };
}

/** Blobs in S3, a bucket for each declared set. Options: `region`, `endpoint`. */
export const driver: DriverModule<BlobDriver> = { engine: "s3", embedded: false, open: openDriver };

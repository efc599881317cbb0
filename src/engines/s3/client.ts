import type * as S3Sdk from "@aws-sdk/client-s3";
import type { Host } from "../../core/host.ts";
import { awsEngine } from "../aws/client.ts";

/** The SDK and a client of it. */
export interface S3 {
  readonly sdk: typeof S3Sdk;
  readonly client: S3Sdk.S3Client;
}

/**
 * Opens the S3 client, shared by the process.
 * @throws MOR_ENGINE_NOT_INSTALLED, MOR_CONFIG
 */
export function openS3(host: Host, options: Readonly<Record<string, unknown>>): Promise<S3> {
  return awsEngine(host, "@aws-sdk/client-s3", options, async (settings) => {
    const sdk = await import("@aws-sdk/client-s3");
    // An emulator has no name of its own for every bucket.
    const forcePathStyle = settings.endpoint !== undefined;
    return { sdk, client: new sdk.S3Client({ ...settings, forcePathStyle }) };
  });
}

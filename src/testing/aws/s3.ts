import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { ResourceMakers } from "./provision.ts";

/** Makers of S3 resources on the emulator at `endpoint`. */
export function s3Makers(endpoint: string, region: string): ResourceMakers {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    async "AWS::S3::Bucket"(properties) {
      const Bucket = properties["BucketName"] as string;
      // CloudFormation's ownership controls and encryption have the names of S3's own calls.
      await client.send(new CreateBucketCommand({ Bucket }));
      const [rule] = (
        properties["BucketEncryption"] as { ServerSideEncryptionConfiguration: never[] }
      ).ServerSideEncryptionConfiguration as { ServerSideEncryptionByDefault: object }[];
      const sse = rule?.ServerSideEncryptionByDefault as { SSEAlgorithm: "AES256" };
      await client.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: sse }],
          },
        }),
      );
      const { Rules } = properties["LifecycleConfiguration"] as {
        Rules: { Id: string; Status: "Enabled"; AbortIncompleteMultipartUpload: object }[];
      };
      await client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: {
            Rules: Rules.map((one) => ({ ...one, Filter: { Prefix: "" } })),
          },
        }),
      );
      const block = properties["PublicAccessBlockConfiguration"] as { BlockPublicAcls: boolean };
      await client.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }),
      );
      return { Ref: Bucket, Arn: `arn:aws:s3:::${Bucket}` };
    },
  };
}

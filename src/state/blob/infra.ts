import type { CapabilityInfra, InfraValue } from "../../core/infra.ts";
import type { Blob } from "./blob.ts";

/** What each capability calls (Service Authorization Reference, Amazon S3). */
const objectActions: Readonly<Record<string, readonly string[]>> = {
  read: ["s3:GetObject"],
  write: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
  readWrite: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
};

/** A private, encrypted bucket for each set. Unfinished uploads are dropped after a day. */
export const infra: CapabilityInfra<Blob> = {
  resources: (set, scope) => ({
    [scope.logicalId("Bucket", set.name)]: {
      Type: "AWS::S3::Bucket",
      Properties: {
        BucketName: scope.name("bucket", set.name),
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } },
          ],
        },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: "unfinished-uploads",
              Status: "Enabled",
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
            },
          ],
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    },
  }),
  grants: ({ verb, resource }, scope) => {
    const bucket = `arn:${scope.partition}:s3:::${scope.name("bucket", resource.name)}`;
    const objects: InfraValue[] = [`${bucket}/*`];
    const own = { Effect: "Allow", Action: objectActions[verb] ?? [], Resource: objects } as const;
    if (verb === "write") return [own];
    // Without it S3 answers a missing key with 403 instead of 404.
    return [own, { Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] }];
  },
};

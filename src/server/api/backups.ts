import { z } from "zod";
import { created, post } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { Schema } from "../../core/schema.ts";
import { backUp } from "../backup.ts";
import type { BackupManifest } from "../backup.ts";
import type { ServerParts } from "../parts.ts";

const BackupRequest = z.strictObject({
  folder: z
    .string()
    .min(1)
    .max(1000)
    .meta({ title: "Folder", description: "A new folder on the platform's machine." }),
});
const backupAnswer: Schema<unknown, BackupManifest> = z.object({
  format: z.literal(1),
  app: z.string(),
  environment: z.string(),
  version: z.string(),
  atMs: z.number().int(),
});

/** Backups of the embedded engines. */
export function backupRoutes({ platform }: ServerParts): readonly AnyRoute[] {
  return [
    post(
      "/backups",
      {
        role: "admin",
        body: BackupRequest,
        answer: backupAnswer,
        status: 201,
        summary: "Back up to a new folder",
      },
      async ({ body }) => created(await backUp(platform.host, body.folder)),
    ),
  ];
}

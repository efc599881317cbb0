import { z } from "zod";
import { get } from "../../core/http.ts";
import type { AnyRoute } from "../../core/http.ts";
import type { SecretRuntime } from "./runtime.ts";

const SecretsAnswer = z.object({
  secrets: z.array(z.object({ name: z.string(), description: z.string() })),
});

/** The HTTP API of secrets: what is declared. Values never leave the process. */
export function secretRoutes(runtime: SecretRuntime): readonly AnyRoute[] {
  return [
    get(
      "/secrets",
      {
        summary: "Every declared secret, without values",
        role: "viewer",
        answer: SecretsAnswer,
      },
      () => ({
        secrets: runtime.secrets.map(({ name, description }) => ({ name, description })),
      }),
    ),
  ];
}

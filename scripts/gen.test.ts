import { tmpdir } from "node:os";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { packageVersion } from "../src/core/package.ts";
import { pages } from "./gen.ts";

test("the API's document is valid, sorted, and of no one app or release", async () => {
  const page = (await pages()).find(({ path }) => path === "docs/reference/openapi.json");
  const text = page?.text ?? "";
  const document = JSON.parse(text) as { paths: object; openapi: string };
  expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
  const paths = Object.keys(document.paths);
  expect(paths).toEqual(paths.toSorted());
  expect(paths.filter((path) => !path.startsWith("/api/v1/"))).toEqual([]);
  for (const kind of ["tables", "blobs", "caches", "secrets", "queues", "events", "schedules"]) {
    expect(paths).toContain(`/api/v1/${kind}`);
  }
  for (const odd of [packageVersion(), "one-of-each", tmpdir()]) expect(text).not.toContain(odd);
});

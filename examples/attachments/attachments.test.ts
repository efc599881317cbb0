import { afterAll, beforeAll, expect, test } from "vitest";
import { start } from "morning-ai/server";
import type { Running } from "morning-ai/server";
import { folder } from "../storefront/fixtures.ts";
import configuration from "./app.ts";

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silent,
};
const data = folder();
let running: Running;

beforeAll(async () => {
  process.env["LINK_KEY"] = "a long text of nobody's";
  const options = { config: configuration, log: silent, dataFolder: data.path, port: 0 };
  running = await start(options);
});

afterAll(async () => {
  await running.stop();
  delete process.env["LINK_KEY"];
  data.remove();
});

async function call(path: string, body?: unknown): Promise<{ status: number; body: never }> {
  const headers = { "content-type": "application/json" };
  const request = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${running.url}/svc/attachments${path}`, request);
  return { status: response.status, body: (await response.json()) as never };
}

test("a file is put, previewed from the cache, and handed out by signed link alone", async () => {
  const text = "說明書 manual, ".repeat(10);
  const put = await call("/files", { name: "manual.txt", text });
  expect(put.status).toBe(201);
  const { link } = put.body as { link: string };
  expect(await call(link)).toMatchObject({ status: 200, body: { text } });
  expect(await call("/files/manual.txt")).toMatchObject({ status: 403 });
  const preview = await call("/files/manual.txt/preview");
  expect(preview.body).toEqual({ preview: text.slice(0, 40) });
});

test("a name that would leave the folder is refused with its path", async () => {
  const refused = await call("/files", { name: "../secrets", text: "x" });
  expect(refused).toMatchObject({ status: 400, body: { code: "MOR_INVALID" } });
});

test("the sweep runs by hand and keeps what is young", async () => {
  const url = `${running.url}/api/v1/schedules/sweep-attachments/runs`;
  const headers = { "content-type": "application/json" };
  const ran = await fetch(url, { method: "POST", headers, body: "{}" });
  expect(ran.status).toBe(202);
  expect(await call("/files/manual.txt/preview")).toMatchObject({ status: 200 });
});

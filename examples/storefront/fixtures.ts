import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { config } from "morning-ai";
import { start } from "morning-ai/server";
import { shopAt } from "./replay/shop.ts";
import type { Answer, Shop } from "./replay/shop.ts";
import { storefront } from "./src/app.ts";

/** A shop that runs on a platform of its own. */
export interface OpenShop extends Shop {
  readonly url: string;
  /** A call of the platform's own API. */
  readonly platform: (path: string, body?: unknown) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silent,
};

/** A folder that goes when the test does. */
export function folder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "storefront-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts the storefront in a folder of its own, on a free port. */
export async function openShop(): Promise<OpenShop> {
  const data = folder();
  const running = await start({
    config: config({
      app: storefront,
      environments: { local: { drivers: { telemetry: "none" } } },
    }),
    log: silent,
    dataFolder: data.path,
    port: 0,
  });
  const { url } = running;
  return {
    ...shopAt({ url }),
    url,
    async platform(path, body) {
      const given = { "content-type": "application/json" };
      const request =
        body === undefined ? {} : { method: "POST", headers: given, body: JSON.stringify(body) };
      const response = await fetch(`${url}/api/v1${path}`, request);
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    async close() {
      await running.stop();
      data.remove();
    },
  };
}

/** The half year of orders, where the data is; it stands beside the checkout or in MORNING_DATA. */
export function transactions(): string | undefined {
  const root = process.env["MORNING_DATA"] ?? "../shared/data";
  const path = resolve(root, "online-retail/2010-12_2011-05.csv.gz");
  return existsSync(path) ? path : undefined;
}

/** Writes a file of transactions into `path`. */
export function transactionsFile(path: string, rows: readonly (string | Buffer)[]): string {
  const header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
  const parts = [header, ...rows].flatMap((row) => [
    typeof row === "string" ? Buffer.from(row) : row,
    Buffer.from("\n"),
  ]);
  const file = join(path, "transactions.csv");
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

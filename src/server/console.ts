import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { coreErrors } from "../core/errors.ts";
import { problemResponse } from "./problem.ts";

const mediaTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/**
 * No inline scripts, nothing from elsewhere, no framing. Styles of charts and graphs are set
 * inline.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of every answer that a browser might show. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const noConsole = `<!doctype html><meta charset="utf-8"><title>Morning</title>
<p>The console is not built. Run <code>npm run build</code> and reload.</p>`;

async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

/** The path of a file below the console's folder; undefined when it cannot be one. */
function relativePath(pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const relative = normalize(decoded).replace(/^[/\\]+/, "");
  const outside = relative.split(sep).includes("..") || /[\0\\]/.test(relative);
  return outside ? undefined : relative;
}

/**
 * Serves the built console: hashed assets for a year, every other path the page itself. Names of
 * resources have dots (`/events/user.registered`): only endings that the console has mean a file.
 */
export function consoleFiles(folder: string): (pathname: string) => Promise<Response> {
  return async (pathname) => {
    const relative = relativePath(pathname);
    if (relative === undefined) {
      const message = `${JSON.stringify(pathname)} is no path`;
      return problemResponse(coreErrors.MOR_INVALID(message), undefined);
    }
    const isFile = extname(relative) in mediaTypes;
    const file = isFile ? await read(join(folder, relative)) : undefined;
    if (isFile && file === undefined) {
      const message = `the console has no file ${pathname}`;
      return problemResponse(coreErrors.MOR_NOT_FOUND(message), undefined);
    }
    const body = file ?? (await read(join(folder, "index.html"))) ?? Buffer.from(noConsole);
    // `/assets/daily-closes` is a page: of the files below it each has an ending.
    const hashed = file !== undefined && relative.startsWith("assets/");
    const headers = {
      "content-type":
        mediaTypes[file === undefined ? ".html" : extname(relative)] ?? "application/octet-stream",
      "cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
    };
    return new Response(new Uint8Array(body), { headers });
  };
}

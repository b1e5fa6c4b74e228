import { createHash } from "node:crypto";
import type { VersionInfo } from "../options.ts";
import { scriptJson, type UiConfig } from "./ui-config.ts";

// The places in index.html that v1's server replaces (jaegertracing/jaeger `cmd/query/app/static_handler.go`).
const CONFIG = /JAEGER_CONFIG *= *DEFAULT_CONFIG;/g;
const CONFIG_JS = /^\s*\/\/\s*JAEGER_CONFIG_JS.*\n.*/gim;
const VERSION = /JAEGER_VERSION *= *DEFAULT_VERSION;/g;
const STORAGE_CAPABILITIES = /JAEGER_STORAGE_CAPABILITIES *= *DEFAULT_STORAGE_CAPABILITIES;/g;
const BASE_PATH = /<base href="\/"/g;

export interface PageFacts {
  readonly basePath: string;
  readonly config?: UiConfig;
  readonly version: VersionInfo;
  readonly archiveStorage: boolean;
}

export interface Page {
  readonly html: string;
  /** Value of Content-Security-Policy; `undefined` where the operator's own code decides what the page loads. */
  readonly contentSecurityPolicy: string | undefined;
}

/** The page as it is served: `template` (index.html of a build) with this daemon's facts in it. */
export function renderPage(template: string, facts: PageFacts): Page {
  const { config } = facts;
  // Replacements are functions: `$` in a configuration means nothing special.
  let html = template;
  if (config?.kind === "json") html = html.replace(CONFIG, () => `JAEGER_CONFIG = ${config.json};`);
  if (config?.kind === "js") html = html.replace(CONFIG_JS, () => config.code);
  html = html
    .replace(VERSION, () => `JAEGER_VERSION = ${scriptJson(facts.version)};`)
    .replace(
      STORAGE_CAPABILITIES,
      () => `JAEGER_STORAGE_CAPABILITIES = ${scriptJson({ archiveStorage: facts.archiveStorage })};`,
    );
  if (facts.basePath !== "/") html = html.replace(BASE_PATH, () => `<base href="${facts.basePath}/"`);
  return { html, contentSecurityPolicy: config?.kind === "js" ? undefined : policy(html) };
}

/** Only the daemon's own files and the inline scripts that are in the page now. */
function policy(html: string): string {
  const hashes = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/gi)].map(
    ([, code = ""]) => ` 'sha256-${createHash("sha256").update(code).digest("base64")}'`,
  );
  return [
    "default-src 'self'",
    `script-src 'self'${hashes.join("")}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ].join("; ");
}

/** What is served when there is no build of the page. */
export const FALLBACK_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <base href="/" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Spoor</title>
  </head>
  <body>
    <h1>Spoor</h1>
    <p>The query service runs, but its web page is not there. Build it with <code>npm run build</code> in the project's
      folder, or name a folder with an <code>index.html</code> in <code>--query.static-files</code>.</p>
    <p>The API answers meanwhile: <a href="api/services">api/services</a>.</p>
  </body>
</html>
`;

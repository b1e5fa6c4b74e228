import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { request } from "../testing/request.ts";
import { closeServers, SILENT, startHttp } from "../testing/servers.ts";
import { spanService } from "../testing/span-service.ts";
import { renderPage } from "./index-page.ts";
import { PageSource } from "./page-source.ts";
import { loadUiConfig } from "./ui-config.ts";

const TEMPLATE = `<html><head><base href="/" /><script>
// JAEGER_CONFIG_JS
// the line that is replaced too
JAEGER_CONFIG = DEFAULT_CONFIG;
JAEGER_VERSION = DEFAULT_VERSION;
JAEGER_STORAGE_CAPABILITIES = DEFAULT_STORAGE_CAPABILITIES;
</script><script src="./static/app.js"></script></head><body>${"x".repeat(500)}</body></html>`;
const FACTS = {
  basePath: "/",
  version: { gitCommit: "abc", gitVersion: "v1", buildDate: "2026" },
  archiveStorage: true,
};
const service = spanService({});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "spoor-ui-"));
});
afterEach(async () => {
  await closeServers();
  rmSync(dir, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(dir, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("the page", () => {
  it("gets version, capabilities and base path, and keeps the default configuration", () => {
    const { html } = renderPage(TEMPLATE, { ...FACTS, basePath: "/jaeger" });
    expect(html).toContain('JAEGER_VERSION = {"gitCommit":"abc","gitVersion":"v1","buildDate":"2026"};');
    expect(html).toContain('JAEGER_STORAGE_CAPABILITIES = {"archiveStorage":true};');
    expect(html).toContain('<base href="/jaeger/" />');
    expect(html).toContain("JAEGER_CONFIG = DEFAULT_CONFIG;");
  });

  it("gets a JSON configuration that cannot end its script", async () => {
    const config = await loadUiConfig(file("c.json", '{"a": "</script>$&", "b": 1}'));
    const { html } = renderPage(TEMPLATE, { ...FACTS, config });
    expect(html).toContain('JAEGER_CONFIG = {"a":"\\u003c/script\\u003e$\\u0026","b":1};');
  });

  it("gets a configuration in JavaScript in place of the marked lines", async () => {
    const config = await loadUiConfig(file("c.js", "function UIConfig() { return { x: 1 }; }\n"));
    const { html, contentSecurityPolicy } = renderPage(TEMPLATE, { ...FACTS, config });
    expect(html).toContain("function UIConfig() { return { x: 1 }; }");
    expect(html).not.toContain("the line that is replaced too");
    expect(contentSecurityPolicy).toBeUndefined();
  });

  it("allows its own scripts only, the inline one by its hash", () => {
    const { contentSecurityPolicy } = renderPage(TEMPLATE, FACTS);
    expect(contentSecurityPolicy).toMatch(/script-src 'self' 'sha256-[A-Za-z0-9+/=]+'; /);
    expect(contentSecurityPolicy?.match(/sha256/g)).toHaveLength(1);
  });

  it.each([
    ["c.yaml", "a: 1", /unrecognized UI config file format/],
    ["c.json", "{", /cannot parse/],
    ["c.json", "[]", /must hold a JSON object/],
    ["c.js", "x = 1", /must define function UIConfig/],
  ])("configuration %s with %j is refused", async (name, text, message) => {
    await expect(loadUiConfig(file(name, text))).rejects.toThrow(message);
  });

  it("a configuration that is not there is refused", async () => {
    await expect(loadUiConfig(join(dir, "none.json"))).rejects.toMatchObject({ code: "INVALID_UI_CONFIG" });
  });

  it("follows its configuration file, and stays when that breaks", async () => {
    file("index.html", TEMPLATE);
    const config = file("c.json", '{"n":1}');
    const source = new PageSource({ staticDir: dir, uiConfigFile: config, facts: FACTS, logger: SILENT, pollMs: 10 });
    await source.start();
    try {
      expect(source.page.html).toContain('{"n":1}');
      file("c.json", '{"n":12}');
      await vi.waitFor(() => expect(source.page.html).toContain('{"n":12}'), 3_000);
      file("c.json", "{ broken");
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(source.page.html).toContain('{"n":12}');
    } finally {
      source.stop();
    }
  });
});

describe("serving it", () => {
  it("any path that is no API and no asset is the page", async () => {
    file("index.html", TEMPLATE);
    const url = await startHttp({ service, staticDir: dir, version: FACTS.version });
    for (const path of ["/", "/search", "/trace/abc", "/api/nope", "/favicon.ico"]) {
      const answer = await fetch(url + path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
      expect(await answer.text()).toContain('"gitVersion":"v1"');
    }
  });

  it("assets with a hash in their name may be kept for good, others are asked for anew", async () => {
    file("index.html", TEMPLATE);
    file("static/app-Ab12_cd9.js", "one()");
    file("static/logo.svg", "<svg/>");
    const url = await startHttp({ service, staticDir: dir, basePath: "/j" });
    const script = await request(`${url}/j/static/app-Ab12_cd9.js`);
    expect(script.body.toString()).toBe("one()");
    expect(script.headers["cache-control"]).toContain("immutable");
    expect(script.headers["content-type"]).toMatch(/javascript/);
    const logo = await request(`${url}/j/static/logo.svg`);
    expect(logo.headers["cache-control"]).toBe("no-cache");
    const again = await request(`${url}/j/static/logo.svg`, { "if-none-match": logo.headers.etag ?? "" });
    expect(again.status).toBe(304);
  });

  it("what is not in the static folder is not found, whatever the path tries", async () => {
    file("index.html", TEMPLATE);
    file("static/app.js", "one()");
    file("secret.txt", "secret");
    const url = await startHttp({ service, staticDir: dir });
    for (const path of ["none.js", "", "%2e%2e%2fsecret.txt", "..%2fsecret.txt", "%ff", "a%00b", "%2e%2e/secret.txt"]) {
      const answer = await request(`${url}/static/${path}`);
      expect(answer.body.toString(), path).not.toContain("secret");
      expect([301, 403, 404, 400], path).toContain(answer.status);
    }
    const missing = await request(`${url}/static/none.js`);
    expect(missing.body.toString()).toBe("404 page not found\n");
    expect(missing.headers["cache-control"]).toBeUndefined();
  });

  it("without a build a page tells how to get one", async () => {
    const url = await startHttp({ service, staticDir: join(dir, "none") });
    expect(await (await fetch(url)).text()).toContain("npm run build");
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBrowser } from "@spoor/test-harness";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type PageServer, servePage } from "./testing/page-server.ts";
import { makeTrace } from "./testing/traces.ts";

const NOW_US = Date.now() * 1000;
const HOSTILE = '<img src=x onerror="alert(1)">';

function answer(path: string, query: URLSearchParams): unknown {
  if (path === "services") return ["web", "orders", HOSTILE];
  if (path.endsWith("/operations")) return ["operation-0", "operation-1"];
  if (path === "dependencies") {
    return [
      { parent: "web", child: "orders", callCount: 100 },
      { parent: "orders", child: HOSTILE, callCount: 5 },
      { parent: "constructor", child: "web", callCount: 1 },
    ];
  }
  if (path === "traces") {
    if (query.get("service") === "orders") return 500;
    const count = Number(query.get("limit"));
    return Array.from({ length: count }, (_, i) =>
      makeTrace({ traceId: `a${i}`, spans: 3 + i, startUs: NOW_US - i * 1_000_000 }),
    );
  }
  if (path === "traces/10000") return [makeTrace({ traceId: "10000", spans: 10_000, startUs: NOW_US, fanOut: 9 })];
  if (path === "traces/bad") {
    const tag = { key: HOSTILE, type: "string", value: "javascript:alert(2)" };
    const more = {
      operationName: HOSTILE,
      tags: [tag],
      warnings: [HOSTILE],
      logs: [{ timestamp: NOW_US, fields: [tag] }],
    };
    return [makeTrace({ traceId: "bad", spans: 3, startUs: NOW_US, more })];
  }
  return path.startsWith("traces/a") ? [makeTrace({ traceId: path.slice(7), spans: 5, startUs: NOW_US })] : 404;
}

let dir: string;
let server: PageServer;
let browser: Browser;
let page: Page;
/** What must not happen: errors, refused content, dialogs, requests to elsewhere. */
let complaints: string[];

// A browser on a busy machine: the limit only ends what hangs.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "spoor-ui-"));
  await build({ root: fileURLToPath(new URL("..", import.meta.url)), logLevel: "error", build: { outDir: dir } });
  server = await servePage(dir, "/some/base/", answer);
  browser = await startBrowser();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  complaints = [];
  page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  page.on("console", (message) => {
    const isRefusedRequest = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isRefusedRequest) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) complaints.push(`request to ${request.url()}`);
  });
});

afterEach(async () => {
  await page.close();
  expect(complaints).toEqual([]);
});

const rowCount = (): Promise<string | null> => page.getAttribute("[role=treegrid]", "aria-rowcount");
const untilRows = (count: number) => page.waitForSelector(`[role=treegrid][aria-rowcount="${count}"]`);

describe("the page in a browser, below a base path and a strict policy", () => {
  it("leads from a service over results to a trace and back to the same place", async () => {
    await page.goto(server.url);
    await page.getByRole("link", { name: "web", exact: true }).click();
    await page.waitForSelector(".trace-line");
    await page.fill("#search-limit", "60");
    await page.press("#search-limit", "Enter");
    await page.waitForFunction(() => document.querySelectorAll(".trace-line").length === 60);
    const { searchParams } = new URL(page.url());
    expect(searchParams.get("service")).toBe("web");
    expect(Number(searchParams.get("end")) - Number(searchParams.get("start"))).toBe(3_600_000_000);

    await page.evaluate(() => scrollTo(0, 900));
    await page
      .locator(".trace-line")
      .nth(40)
      .evaluate((line: HTMLElement) => line.click());
    await page.waitForSelector(".span-row");
    expect(page.url()).toBe(`${server.url}trace/a40`);
    await page.goBack();
    await page.waitForSelector(".trace-line");
    await page.waitForFunction(() => scrollY === 900);
  });

  it("says what failed, with the server's words, and what a form lacks", async () => {
    await page.goto(`${server.url}search?service=orders`);
    await page.getByText("failed with 500").waitFor();
    await page.fill("#search-minDuration", "5");
    await page.press("#search-minDuration", "Enter");
    await page.getByText("Write a number and a unit").waitFor();
    await page.goto(`${server.url}trace/DEF`);
    await page.getByText("This trace is not stored").waitFor();
    expect(page.url()).toBe(`${server.url}trace/def`);
  });

  it("holds 10,000 spans with only the rows of the screen", async () => {
    await page.goto(`${server.url}trace/10000`);
    await untilRows(10_000);
    expect(await page.locator(".span-row").count()).toBeLessThan(60);
    await page.evaluate(() => document.querySelector(".waterfall")?.scrollTo(0, 1e9));
    await page.waitForSelector('.span-row[aria-rowindex="10000"]');
    expect(await page.locator(".span-row").count()).toBeLessThan(60);
  });

  it("folds, finds and walks with v1's keys, and keeps what is shown in the address", async () => {
    await page.goto(`${server.url}trace/10000`);
    await untilRows(10_000);
    await page.keyboard.press("]");
    await untilRows(1);
    await page.keyboard.press("o");
    await untilRows(10);
    await page.keyboard.press("[");
    await untilRows(10_000);
    await page.keyboard.press("Control+b");
    await page.keyboard.type("error=true");
    await page.getByText("1,000", { exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("1 / 1,000").waitFor();
    await page.locator(".span-row.active").click();
    await page.waitForURL(/uiFind=error%3Dtrue.*span=|span=.*uiFind=error%3Dtrue/);
    const title = await page.textContent(".span-panel h2");
    await page.reload();
    await page.getByText("1 / 1,000").waitFor();
    expect(await page.textContent(".span-panel h2")).toBe(title);
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction((old) => document.querySelector(".span-panel h2")?.textContent !== old, title);
    expect(await rowCount()).toBe("10000");
  });

  it("shows hostile strings as text", async () => {
    await page.goto(`${server.url}trace/bad`);
    await page.locator(".span-row").nth(1).click();
    await page.waitForSelector(".span-panel .attributes");
    expect(await page.textContent(".span-panel h2")).toBe(HOSTILE);
    await page.goto(`${server.url}dependencies`);
    await page.waitForSelector(".graph-service");
    expect(await page.locator(".graph-service").count()).toBe(4);
    await page.locator("label", { hasText: "View" }).locator("select").selectOption("table");
    await page.waitForSelector(".links-table tbody tr");
    expect(await page.locator("img, a[href^='javascript'], #root script").count()).toBe(0);
  });
});

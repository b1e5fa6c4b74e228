import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, startBrowser, startDaemon } from "@spoor/test-harness";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bigTrace, otlpRequest } from "./otlp-request.ts";
import { eventually, findTraces } from "./query-client.ts";

/** The page as all-in-one serves it, in a real browser, on what real requests stored. */
describe("the page", () => {
  const directory = mkdtempSync(join(tmpdir(), "spoor-page-"));
  const complaints: string[] = [];
  let daemon: Daemon;
  let browser: Browser;
  let page: Page;
  let bigTraceId: string;

  beforeAll(async () => {
    daemon = await startDaemon("all-in-one", { args: [`--embedded.directory=${directory}`] });
    await post(otlpRequest("shop", 7).body);
    bigTraceId = await sendBigTrace(10_000);
    browser = await startBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await daemon?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  async function post(body: string): Promise<void> {
    const headers = { "content-type": "application/json" };
    const reply = await fetch(daemon.url("otlpHttp", "/v1/traces"), { method: "POST", headers, body });
    expect(reply.status).toBe(200);
  }

  async function sendBigTrace(spans: number): Promise<string> {
    const { bodies, traceId } = bigTrace("factory", spans);
    for (const body of bodies) await post(body);
    return traceId;
  }

  it("lists the services that sent, itself among them", async () => {
    // The first page is not empty: all-in-one traces its own API calls.
    await eventually(
      () => findTraces(daemon, "jaeger-all-in-one"),
      (traces) => traces.length > 0,
    );
    await page.goto(daemon.url("queryHttp", "/search"));
    for (const service of ["shop", "factory", "jaeger-all-in-one"])
      await page.getByText(service, { exact: true }).first().waitFor();
  });

  it("finds the traces of a service by its address", async () => {
    await page.goto(daemon.url("queryHttp", "/search?service=shop&limit=20&lookback=1h"));
    await page.getByText("root").first().waitFor();
    expect(await page.locator("a[href*='trace/']").count()).toBeGreaterThanOrEqual(7);
  });

  it("opens a trace of 10,000 spans and shows the details of one", async () => {
    await page.goto(daemon.url("queryHttp", `/trace/${bigTraceId}`));
    await page.getByRole("treegrid").waitFor();
    await page
      .getByText(/10,000/)
      .first()
      .waitFor();
    const rows = await page.getByRole("row").count();
    expect(rows).toBeGreaterThan(5);
    // Only what is in sight has elements.
    expect(rows).toBeLessThan(200);
    await page.getByRole("row").nth(2).click();
    await page.getByText("machine.part").first().waitFor();
  });

  it("draws the graph of services", async () => {
    await page.goto(daemon.url("queryHttp", "/dependencies"));
    await page.locator("svg text", { hasText: "factory-store" }).waitFor();
  });

  it("raised no error and broke no content policy", () => {
    expect(complaints).toEqual([]);
  });
});

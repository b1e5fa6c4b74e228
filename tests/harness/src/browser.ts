import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

// Meant for a cloud function: one process that dies with its first tab, and a browser that lets anything through.
const UNWANTED = ["--single-process", "--no-zygote", "--disable-web-security", "--allow-running-insecure-content"];

/** Starts the headless Chromium that npm brought. It asks nobody for anything on its own. */
export async function startBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [
      ...chromium.args.filter((arg) => !UNWANTED.includes(arg)),
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

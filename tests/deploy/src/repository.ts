import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** The daemons and what v1 calls them; every other app but the page is a tool. */
export const DAEMONS: Readonly<Record<string, string>> = {
  agent: "jaeger-agent",
  "all-in-one": "jaeger-all-in-one",
  collector: "jaeger-collector",
  ingester: "jaeger-ingester",
  query: "jaeger-query",
  "remote-storage": "jaeger-remote-storage",
};

/** A file of the repository as text. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Every app that has an image. */
export function apps(): readonly string[] {
  return readdirSync(join(ROOT, "apps"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "ui")
    .map((entry) => entry.name)
    .sort();
}

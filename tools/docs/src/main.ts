import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { errorsPage } from "./errors-page.ts";
import { flagsPage } from "./flags-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { portsPage } from "./ports-page.ts";

/** Writes docs/reference/{flags,ports,metrics,errors}.md; with `--check` it only says which are not what the code says, and ends with 1. */
const DIRECTORY = new URL("../../../docs/reference/", import.meta.url);
const isCheck = process.argv.includes("--check");

const pages: Readonly<Record<string, string>> = {
  "flags.md": await flagsPage(),
  "ports.md": await portsPage(),
  "errors.md": errorsPage(),
  "metrics.md": await metricsPage(),
};
let stale = false;
for (const [name, text] of Object.entries(pages)) {
  const file = new URL(name, DIRECTORY);
  const written = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (written === text) continue;
  stale = true;
  if (isCheck)
    process.stderr.write(`docs/reference/${name} is not what the code says:\n${firstDifference(written, text)}\n`);
  else writeFileSync(file, text);
}
process.exit(isCheck && stale ? 1 : 0);

function firstDifference(written: string, text: string): string {
  const [old, now] = [written.split("\n"), text.split("\n")];
  const line = now.findIndex((each, i) => each !== old[i]);
  return line < 0
    ? `lines after ${now.length} are left over`
    : `line ${line + 1}\n- ${old[line] ?? ""}\n+ ${now[line]}`;
}

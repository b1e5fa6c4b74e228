import type { Settings } from "./settings.ts";

const HIDDEN = "********";
/** v1 lists the flags of its sub-commands too. */
const SUB_COMMAND_ROWS = (adminHostPort: string): readonly Row[] => [
  ["dir", "./", "default"],
  ["format", "md", "default"],
  ["status.http.host-port", adminHostPort, "default"],
];

type Row = readonly [name: string, value: string, source: string];

/** The table of `print-config`, laid out as v1's. Secrets are hidden; without `all`, empty values are left out. */
export function configTable(settings: Settings, adminHostPort: string, all: boolean): string {
  const rows: Row[] = [...SUB_COMMAND_ROWS(adminHostPort)];
  for (const [name, flag] of settings.flags) {
    const text = settings.text(name);
    const source = settings.sourceOf(name) === "default" ? "default" : "user-assigned";
    rows.push([name, flag.secret && text !== "" ? HIDDEN : text === "[]" ? "" : text, source]);
  }
  const shown = rows.filter(([, value]) => all || value !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  const table: readonly Row[] = [["Configuration Option Name", "Value", "Source"], ...shown];
  const width = (column: 0 | 1 | 2) => Math.max(...table.map((row) => row[column].length));
  const [names, values, sources] = [width(0), width(1), width(2)];
  const lines = table.map(
    ([name, value, source]) => `| ${name.padEnd(names)} ${value.padEnd(values)} ${source.padEnd(sources)} |`,
  );
  const rule = "-".repeat(lines[0]?.length ?? 0);
  return `${[rule, lines[0], rule, ...lines.slice(1), rule].join("\n")}\n`;
}

/** Setting texts by name, secrets hidden; only what somebody set. */
export function assignedSettings(settings: Settings): Readonly<Record<string, string>> {
  const assigned: Record<string, string> = {};
  for (const [name, flag] of settings.flags) {
    if (settings.sourceOf(name) !== "default") assigned[name] = flag.secret ? HIDDEN : settings.text(name);
  }
  return assigned;
}

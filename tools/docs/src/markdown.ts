/** Below the heading of each page. */
export const GENERATED = "Written by `npm run docs` from the code; a test holds it to that.";

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`;
}

export function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { code, GENERATED, table } from "./markdown.ts";

const LIBS = new URL("../../../libs/", import.meta.url);

/** The closed lists of error codes, as the libs declare them. */
export function errorsPage(): string {
  const sections = readdirSync(LIBS)
    .sort()
    .flatMap((lib) => {
      const file = new URL(`${lib}/src/errors.ts`, LIBS);
      return existsSync(file) ? codeLists(lib, readFileSync(file, "utf8")) : [];
    });
  return `# Errors\n\n${GENERATED}\n\nWhat a sender or reader sees of a \`StorageError\` is the protocol's own error: \`OVERLOADED\` is gRPC \`RESOURCE_EXHAUSTED\` or HTTP 429 with a time to come back, \`UNAVAILABLE\` is \`UNAVAILABLE\` or 503, \`REJECTED\` is \`INVALID_ARGUMENT\` or 400. A \`DaemonError\` ends a start with exit code 1.\n\n${sections.join("\n")}`;
}

function codeLists(lib: string, source: string): readonly string[] {
  const lists = source.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?export type (\w+)ErrorCode =([\s\S]*?");/g);
  return [...lists].map(([, intro = "", name = "", body = ""]) => {
    const rows = [...body.matchAll(/(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?(?:\|\s*)?"([A-Z_]+)"/g)].map(
      ([, meaning = "", errorCode = ""]) => [code(errorCode), plain(meaning)],
    );
    const said = plain(intro);
    return `## ${name}Error (${lib})\n\n${said === "" ? "" : `${said}\n\n`}${table(["code", ""], rows)}`;
  });
}

/** A comment's text: no stars, one line, no links of TypeScript. */
function plain(comment: string): string {
  return comment
    .replace(/^\s*\*/gm, " ")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

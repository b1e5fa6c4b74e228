import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { QueryApiError } from "../errors.ts";

/** The operator's UI configuration: an object to put into the page, or JavaScript that defines `UIConfig()`. */
export type UiConfig =
  | { readonly kind: "json"; readonly json: string }
  | { readonly kind: "js"; readonly code: string };

// A configuration in JavaScript must define this function (jaegertracing/jaeger `cmd/query/app/static_handler.go`).
const UI_CONFIG_FUNCTION = /function\s+UIConfig(\s)?\(\s?\)(\s)?{/;

/** Reads `--query.ui-config`. */
export async function loadUiConfig(file: string): Promise<UiConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new QueryApiError("INVALID_UI_CONFIG", `cannot read UI config file ${file}`, { cause });
  }
  const extension = extname(file).toLowerCase();
  if (extension === ".json") return { kind: "json", json: compactObject(text, file) };
  if (extension !== ".js")
    throw new QueryApiError(
      "INVALID_UI_CONFIG",
      `unrecognized UI config file format ${file}, expecting .js or .json file`,
    );
  const code = text.trim();
  if (!UI_CONFIG_FUNCTION.test(code))
    throw new QueryApiError("INVALID_UI_CONFIG", `UI config file ${file} must define function UIConfig()`);
  return { kind: "js", code };
}

function compactObject(text: string, file: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new QueryApiError("INVALID_UI_CONFIG", `cannot parse UI config file ${file}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new QueryApiError("INVALID_UI_CONFIG", `UI config file ${file} must hold a JSON object`);
  return scriptJson(value);
}

/** JSON that may stand inside a `<script>`: nothing in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

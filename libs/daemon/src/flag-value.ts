import type { FlagDefinition } from "./flag-definition.ts";
import { formatGoDuration, parseGoDuration } from "./go-duration.ts";

export type FlagValue = string | boolean | number | readonly string[];

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);
const INTEGER = /^[+-]?(?:0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d+)$/i;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The reason why `text` is no value of this flag, in the words of Go's flag package; `undefined` when it is one. */
export function whyInvalid(flag: FlagDefinition, text: string): string | undefined {
  if (flag.type === "int" || flag.type === "uint") {
    if (!INTEGER.test(text) || (flag.type === "uint" && text.startsWith("-"))) return "parse error";
    return Number.isSafeInteger(integerOf(text)) ? undefined : "value out of range";
  }
  return parseFlagValue(flag, [text]) === undefined ? "parse error" : undefined;
}

/** The value of a flag given as text (several for `strings`, else the last counts); `undefined` when it is none. */
export function parseFlagValue(flag: FlagDefinition, texts: readonly string[]): FlagValue | undefined {
  if (flag.type === "strings") return texts;
  const text = texts.at(-1) ?? "";
  switch (flag.type) {
    case "string":
      return text;
    case "bool":
      return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
    case "duration":
      return parseGoDuration(text);
    case "float":
      return FLOAT.test(text) ? Number(text) : undefined;
    default: {
      if (!INTEGER.test(text) || (flag.type === "uint" && text.startsWith("-"))) return undefined;
      const value = integerOf(text);
      return Number.isSafeInteger(value) ? value : undefined;
    }
  }
}

/** A value as v1 prints it. */
export function formatFlagValue(flag: FlagDefinition, value: FlagValue): string {
  if (flag.type === "duration") return formatGoDuration(value as number);
  if (flag.type === "strings") return `[${(value as readonly string[]).join(",")}]`;
  return String(value);
}

function integerOf(text: string): number {
  const digits = text.replace(/^[+-]/, "");
  return text.startsWith("-") ? -Number(digits) : Number(digits);
}

import { DaemonError } from "./errors.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/**
 * Reads `--agent.tags` and `--collector.tags`: `k=v,k2=${ENV},k3=${ENV:default}`. A variable that is unset (or empty) and has no
 * default leaves its tag out (jaegertracing/jaeger `cmd/internal/flags/tags.go` ParseJaegerTags).
 */
export function parseTagList(text: string, environment: Readonly<Record<string, string | undefined>>): readonly Tag[] {
  const tags: Tag[] = [];
  if (text.trim() === "") return tags;
  for (const pair of text.split(",")) {
    const equals = pair.indexOf("=");
    if (equals < 0) {
      throw new DaemonError("INVALID_VALUE", `invalid Jaeger tag pair "${pair}", expected key=value`);
    }
    const key = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    const variable = /^\$\{([^:}]*)(:[^}]*)?\}$/.exec(value);
    if (variable === null) {
      tags.push({ key, value });
      continue;
    }
    const fromEnvironment = environment[variable[1] as string];
    if (fromEnvironment !== undefined && fromEnvironment !== "") tags.push({ key, value: fromEnvironment });
    else if (variable[2] !== undefined) tags.push({ key, value: variable[2].slice(1) });
  }
  return tags;
}

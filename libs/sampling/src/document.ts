import { SamplingError } from "./errors.ts";

/** A strategy as the file writes it; `type` is checked by whoever interprets it. */
export interface StrategyEntry {
  readonly type: string;
  readonly param: number;
}

export interface OperationEntry extends StrategyEntry {
  readonly operation: string;
}

export interface ServiceEntry extends StrategyEntry {
  readonly service: string;
  readonly operations: readonly OperationEntry[];
}

/** The strategies file, its members checked for their JSON types. */
export interface StrategiesDocument {
  readonly defaultStrategy: ServiceEntry | undefined;
  readonly services: readonly ServiceEntry[];
}

/**
 * Reads the JSON of `--sampling.strategies-file`. `null` means "no strategies" and gives `undefined`. Unknown members are
 * ignored and member names compare without case, as Go's decoder does; a member of the wrong type is an error.
 */
export function parseDocument(text: string): StrategiesDocument | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SamplingError("INVALID_STRATEGIES", `failed to unmarshal strategies: ${messageOf(cause)}`, { cause });
  }
  if (json === null) return undefined;
  const root = objectOf(json, "document");
  const fallback = member(root, "default_strategy");
  return {
    defaultStrategy: fallback === undefined ? undefined : serviceOf(fallback, "default_strategy"),
    services: listOf(member(root, "service_strategies"), "service_strategies").map((entry, i) =>
      serviceOf(entry, `service_strategies[${i}]`),
    ),
  };
}

function serviceOf(json: unknown, path: string): ServiceEntry {
  const object = objectOf(json, path);
  return {
    ...strategyOf(object, path),
    service: textOf(member(object, "service"), `${path}.service`),
    operations: listOf(member(object, "operation_strategies"), `${path}.operation_strategies`).map((entry, i) => {
      const operation = objectOf(entry, `${path}.operation_strategies[${i}]`);
      return {
        ...strategyOf(operation, path),
        operation: textOf(member(operation, "operation"), `${path}.operation_strategies[${i}].operation`),
      };
    }),
  };
}

function strategyOf(object: object, path: string): StrategyEntry {
  const param = member(object, "param") ?? 0;
  if (typeof param !== "number") throw wrongType(`${path}.param`, "a number");
  return { type: textOf(member(object, "type"), `${path}.type`), param };
}

function member(object: object, name: string): unknown {
  let found: unknown;
  for (const [key, value] of Object.entries(object)) {
    if (key === name) return value ?? undefined;
    if (key.toLowerCase() === name) found = value ?? undefined;
  }
  return found;
}

function objectOf(json: unknown, path: string): object {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw wrongType(path, "an object");
  return json;
}

function listOf(json: unknown, path: string): readonly unknown[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw wrongType(path, "an array");
  return json;
}

function textOf(json: unknown, path: string): string {
  if (json === undefined) return "";
  if (typeof json !== "string") throw wrongType(path, "a string");
  return json;
}

function wrongType(path: string, expected: string): SamplingError {
  return new SamplingError("INVALID_STRATEGIES", `failed to unmarshal strategies: ${path} must be ${expected}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

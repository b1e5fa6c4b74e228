import { DaemonError, type Environment, nearestName, type Settings } from "@spoor/daemon";

/** Stores this build can open; `badger` is v1's name for an embedded store and opens ours. */
export const STORAGE_TYPES = [
  "embedded",
  "badger",
  "cassandra",
  "elasticsearch",
  "opensearch",
  "kafka",
  "grpc",
  "memory",
  "blackhole",
] as const;
export type StorageType = (typeof STORAGE_TYPES)[number];

const FLAG = "span-storage.type";
const DEPRECATED_FLAG = `--${FLAG}`;

/**
 * The stores named by `SPAN_STORAGE_TYPE` (or v1's deprecated `--span-storage.type`), a comma list: spans go to all, reads come
 * from the first. Throws `INVALID_SETTINGS` in v1's words for an unknown one.
 */
export function storageTypes(
  environment: Environment,
  args: readonly string[],
  defaultType: string,
): readonly StorageType[] {
  return checkedTypes(chosenText(environment, args), defaultType);
}

/**
 * The stores whose flags help and documentation show: those named, as far as this build has them; when it has none of them, all that
 * it has.
 */
export function shownStorageTypes(
  environment: Environment,
  args: readonly string[],
  defaultType: string,
): readonly StorageType[] {
  const names = namesOf(chosenText(environment, args), defaultType);
  const known = names.flatMap((name) => STORAGE_TYPES.find((type) => type === name) ?? []);
  return known.length === 0 ? STORAGE_TYPES : known;
}

/** The same choice, once settings are resolved. A config file cannot make it: which flags exist hangs on it. */
export function chosenStorageTypes(settings: Settings, defaultType: string): readonly StorageType[] {
  if (settings.sourceOf(FLAG) === "config file") {
    throw new DaemonError("INVALID_SETTINGS", `${FLAG} has no effect in a config file: set SPAN_STORAGE_TYPE`);
  }
  return checkedTypes(settings.string(FLAG), defaultType);
}

/**
 * The store that `SAMPLING_STORAGE_TYPE` names for what adaptive sampling counts; `undefined` when it names none, and spans' own stores
 * are to keep that. Throws `INVALID_SETTINGS` for an unknown one.
 */
export function samplingStorageType(environment: Environment): StorageType | undefined {
  const name = (environment.SAMPLING_STORAGE_TYPE ?? "").trim();
  return name === "" ? undefined : checked(name);
}

/** The stores whose flags a collector has: those of spans, and the one for sampling. */
export function withSamplingStorage(types: readonly StorageType[], environment: Environment): readonly StorageType[] {
  const name = environment.SAMPLING_STORAGE_TYPE?.trim();
  const type = STORAGE_TYPES.find((each) => each === name);
  return type === undefined ? types : [...new Set([...types, type])];
}

function checkedTypes(named: string, defaultType: string): readonly StorageType[] {
  return namesOf(named, defaultType).map(checked);
}

function chosenText(environment: Environment, args: readonly string[]): string {
  return deprecatedFlag(args) ?? environment.SPAN_STORAGE_TYPE ?? "";
}

function namesOf(named: string, defaultType: string): readonly string[] {
  const names = (named === "" ? defaultType : named)
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return [...new Set(names)];
}

function checked(name: string): StorageType {
  const known = STORAGE_TYPES.find((type) => type === name);
  if (known !== undefined) return known;
  const valid = `Valid types are [${STORAGE_TYPES.join(" ")}]`;
  const near = nearestName(name, STORAGE_TYPES);
  throw new DaemonError(
    "INVALID_SETTINGS",
    `Cannot initialize storage factory: unknown storage type ${name}. ${valid}`,
    near === undefined ? {} : { hint: `Did you mean ${near}?` },
  );
}

/** v1 reads this flag before any other is known. */
function deprecatedFlag(args: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => arg === DEPRECATED_FLAG || arg.startsWith(`${DEPRECATED_FLAG}=`));
  const arg = args[index];
  if (arg === undefined) return undefined;
  return arg === DEPRECATED_FLAG ? args[index + 1] : arg.slice(DEPRECATED_FLAG.length + 1);
}

/** Throws in v1's words where traces would be read from what can only be written to. */
export function refuseWriteOnly(types: readonly StorageType[]): void {
  if (types[0] !== "kafka") return;
  throw new DaemonError("INVALID_SETTINGS", "Failed to create trace reader: kafka storage is write-only", {
    hint: "SPAN_STORAGE_TYPE names the store that ingesters write to; of several, traces are read from the first.",
  });
}

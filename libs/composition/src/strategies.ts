import { type DaemonContext, DaemonError, type Environment } from "@spoor/daemon";
import { AdaptiveSampling, openFileStrategies, SamplingError, type StrategyProvider } from "@spoor/sampling";
import type { SpanWriter, Storage } from "@spoor/storage-api";
import { type StorageType, samplingStorageType } from "@spoor/storage-factory";
import { readAdaptiveOptions } from "./adaptive-flags.ts";

/** Where clients' strategies come from. */
export type SamplingType = "file" | "adaptive";

/** Throws `INVALID_SETTINGS` when `SAMPLING_CONFIG_TYPE` asks for a kind of sampling that is not there. `static` is v1's older word for file. */
export function samplingType(environment: Environment): SamplingType {
  const kind = environment.SAMPLING_CONFIG_TYPE ?? "";
  if (kind === "" || kind === "file" || kind === "static") return "file";
  if (kind === "adaptive") return "adaptive";
  throw new DaemonError(
    "INVALID_SETTINGS",
    `Cannot initialize sampling strategy store factory config: invalid sampling type: ${kind}. Valid types are [file adaptive]`,
  );
}

/** The store that `SAMPLING_STORAGE_TYPE` names, where adaptive sampling wants it. */
export function adaptiveStorageType(environment: Environment): StorageType | undefined {
  return samplingType(environment) === "adaptive" ? samplingStorageType(environment) : undefined;
}

/** The strategies, and the writer that they may have to see spans through. */
export interface Sampling {
  readonly strategies: StrategyProvider;
  readonly writer: SpanWriter;
}

/** Opens the sampling strategies by the flags `sampling.*`; they end with the daemon. */
export function openSampling(context: DaemonContext, storage: Storage): Promise<Sampling> {
  return samplingType(context.environment) === "adaptive"
    ? openAdaptive(context, storage)
    : openFile(context, storage.writer);
}

async function openFile({ settings, logger, lifecycle }: DaemonContext, writer: SpanWriter): Promise<Sampling> {
  const defaultSamplingProbability = settings.float("sampling.default-sampling-probability");
  if (!(defaultSamplingProbability >= 0 && defaultSamplingProbability <= 1)) {
    throw new DaemonError(
      "INVALID_VALUE",
      `--sampling.default-sampling-probability ${defaultSamplingProbability} is not between 0 and 1`,
    );
  }
  const strategies = await openFileStrategies({
    source: settings.string("sampling.strategies-file"),
    reloadIntervalMs: settings.durationMs("sampling.strategies-reload-interval"),
    rateLimitedInherit: settings.bool("sampling.strategies.bugfix-5270"),
    defaultSamplingProbability,
    logger,
  });
  lifecycle.add("sampling strategies", () => strategies.close());
  return { strategies, writer };
}

async function openAdaptive(context: DaemonContext, storage: Storage): Promise<Sampling> {
  const { settings, logger, registry, lifecycle } = context;
  if (storage.sampling === undefined) {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `SAMPLING_CONFIG_TYPE=adaptive needs a storage that collectors can share what they count in; ${storage.kind} is none (SPAN_STORAGE_TYPE): name one in SAMPLING_STORAGE_TYPE`,
    );
  }
  try {
    const strategies = new AdaptiveSampling({
      sampling: readAdaptiveOptions(settings),
      storage: storage.sampling,
      logger,
      registry,
    });
    await strategies.start();
    lifecycle.add("sampling strategies", () => strategies.close());
    return { strategies, writer: strategies.counting(storage.writer) };
  } catch (cause) {
    if (!(cause instanceof SamplingError)) throw cause;
    throw new DaemonError("INVALID_VALUE", cause.message, { cause });
  }
}

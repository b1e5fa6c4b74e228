import { type DaemonContext, DaemonError, type Environment } from "@spoor/daemon";
import { openFileStrategies, type StrategyProvider } from "@spoor/sampling";

/** Throws `INVALID_SETTINGS` when `SAMPLING_CONFIG_TYPE` asks for a kind of sampling that is not there. `static` is v1's older word for file. */
export function checkSamplingType(environment: Environment): void {
  const kind = environment.SAMPLING_CONFIG_TYPE ?? "";
  if (kind === "" || kind === "file" || kind === "static") return;
  const reason =
    kind === "adaptive" ? "adaptive sampling is not part of this version" : `invalid sampling type: ${kind}`;
  throw new DaemonError(
    "INVALID_SETTINGS",
    `Cannot initialize sampling strategy store factory config: ${reason}. Valid types are [file]`,
  );
}

/** Opens the sampling strategies by the flags `sampling.*`; reloads end with the daemon. */
export async function openStrategies({ settings, logger, lifecycle }: DaemonContext): Promise<StrategyProvider> {
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
  return strategies;
}

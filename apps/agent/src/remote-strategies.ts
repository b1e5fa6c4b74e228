import type { ServiceError } from "@grpc/grpc-js";
import {
  decodeStrategy,
  encodeStrategyParameters,
  type SamplingStrategy,
  type StrategyProvider,
} from "@spoor/sampling";

const GET_STRATEGY = "/jaeger.api_v2.SamplingManager/GetSamplingStrategy";
const MAX_REMEMBERED = 1000;

export interface RemoteStrategiesOptions {
  readonly call: (path: string, request: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>;
  /** Told the result of every question to a collector. */
  readonly onAnswer: (result: "ok" | "err") => void;
}

/**
 * Sampling strategies asked of a collector. When none can be reached, the last answer for the service still stands, so that clients keep
 * sampling as they did.
 */
export class RemoteStrategies implements StrategyProvider {
  readonly #options: RemoteStrategiesOptions;
  readonly #lastGood = new Map<string, SamplingStrategy>();

  constructor(options: RemoteStrategiesOptions) {
    this.#options = options;
  }

  async getStrategy(service: string, options: { readonly signal?: AbortSignal } = {}): Promise<SamplingStrategy> {
    try {
      const reply = await this.#options.call(GET_STRATEGY, encodeStrategyParameters(service), options.signal);
      const strategy = decodeStrategy(reply);
      this.#options.onAnswer("ok");
      this.#remember(service, strategy);
      return strategy;
    } catch (error) {
      this.#options.onAnswer("err");
      const known = this.#lastGood.get(service);
      if (known !== undefined) return known;
      throw new Error(`failed to get sampling strategy: ${goText(error)}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#lastGood.clear();
  }

  /** The longest unasked is forgotten first. */
  #remember(service: string, strategy: SamplingStrategy): void {
    this.#lastGood.delete(service);
    this.#lastGood.set(service, strategy);
    if (this.#lastGood.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#lastGood.keys();
    if (oldest !== undefined) this.#lastGood.delete(oldest);
  }
}

const CODE_NAMES = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** A gRPC error as Go prints it, which is what clients of v1 saw. */
function goText(error: unknown): string {
  const { code, details } = error as Partial<ServiceError>;
  if (code === undefined) return (error as Error).message;
  return `rpc error: code = ${CODE_NAMES[code] ?? `Code(${code})`} desc = ${details ?? ""}`;
}

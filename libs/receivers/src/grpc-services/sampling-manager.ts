import { GRPC_STATUS, GrpcError, type GrpcService } from "@spoor/grpc-server";
import { decodeStrategyParameters, encodeStrategy, type StrategyProvider } from "@spoor/sampling";
import { SpanWireError } from "@spoor/span-wire";

export const SAMPLING_MANAGER = "jaeger.api_v2.SamplingManager";

/** `jaeger.api_v2.SamplingManager`: what agents and clients ask for strategies. Tenants do not matter here. */
export function samplingManager(strategies: StrategyProvider): GrpcService {
  return {
    name: SAMPLING_MANAGER,
    methods: {
      GetSamplingStrategy: {
        kind: "unary",
        async handle(request, call) {
          const service = serviceOf(request);
          const options = call.signal === undefined ? {} : { signal: call.signal };
          return encodeStrategy(await strategies.getStrategy(service, options));
        },
      },
    },
  };
}

function serviceOf(request: Buffer): string {
  try {
    return decodeStrategyParameters(request);
  } catch (cause) {
    if (!(cause instanceof SpanWireError)) throw cause;
    throw new GrpcError(GRPC_STATUS.INTERNAL, `grpc: error unmarshalling request: ${cause.message}`, { cause });
  }
}

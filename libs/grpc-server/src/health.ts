import { WireReader } from "@spoor/span-wire";
import type { GrpcService } from "./method.ts";
import { GRPC_STATUS, GrpcError } from "./status.ts";
import { readStringField } from "./wire.ts";

/** `HealthCheckResponse { status = 1 }` by status. */
const SERVING = new Uint8Array([8, 1]);
const NOT_SERVING = new Uint8Array([8, 2]);
const SERVICE_UNKNOWN = new Uint8Array([8, 3]);

/** Whether a server takes calls; watchers hear of changes. */
export class ServingState {
  readonly #listeners = new Set<() => void>();
  #serving = true;

  get serving(): boolean {
    return this.#serving;
  }

  set(serving: boolean): void {
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` on each change until the returned function is called. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** `grpc.health.v1.Health` for the named services and the server as a whole (""). */
export function healthService(state: ServingState, services: readonly string[]): GrpcService {
  const known = new Set(["", ...services]);
  const status = (): Uint8Array => (state.serving ? SERVING : NOT_SERVING);
  return {
    name: "grpc.health.v1.Health",
    methods: {
      Check: {
        kind: "unary",
        handle(request) {
          if (!known.has(serviceOf(request))) throw new GrpcError(GRPC_STATUS.NOT_FOUND, "unknown service");
          return status();
        },
      },
      Watch: {
        kind: "streaming",
        open(replies) {
          let unwatch: (() => void) | undefined;
          return {
            message(request) {
              if (unwatch !== undefined) return;
              const isKnown = known.has(serviceOf(request));
              unwatch = isKnown ? state.watch(() => replies.send(status())) : () => {};
              replies.send(isKnown ? status() : SERVICE_UNKNOWN);
            },
            end() {
              if (unwatch === undefined) replies.fail(new GrpcError(GRPC_STATUS.UNKNOWN, "EOF"));
            },
            closed() {
              unwatch?.();
            },
          };
        },
      },
    },
  };
}

function serviceOf(request: Buffer): string {
  return readStringField(new WireReader(request), 1);
}

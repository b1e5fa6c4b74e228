import { type FlagGroup, serverTlsFlags } from "@spoor/daemon";

export const GRPC_HOST_PORT = "grpc.host-port";
export const GRPC_TLS_PREFIX = "grpc";

/** v1's flags (jaegertracing/jaeger `cmd/remote-storage/app/flags.go`). */
export const SERVER_FLAGS: FlagGroup = {
  title: "Remote storage API over gRPC",
  flags: [
    {
      name: GRPC_HOST_PORT,
      type: "string",
      default: ":17271",
      listens: "always",
      description: "The host:port (e.g. 127.0.0.1:17271 or :17271) of the gRPC server",
    },
    ...serverTlsFlags(GRPC_TLS_PREFIX),
  ],
};

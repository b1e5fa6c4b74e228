import type { DaemonIdentity } from "@spoor/daemon";

export const IDENTITY: DaemonIdentity = {
  program: "jaeger-ingester",
  adminPort: 14270,
};

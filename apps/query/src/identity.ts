import type { DaemonIdentity } from "@spoor/daemon";

export const IDENTITY: DaemonIdentity = {
  program: "jaeger-query",
  adminPort: 16687,
};

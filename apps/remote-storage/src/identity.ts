import type { DaemonIdentity } from "@spoor/daemon";

export const IDENTITY: DaemonIdentity = {
  program: "jaeger-remote-storage",
  adminPort: 17270,
};

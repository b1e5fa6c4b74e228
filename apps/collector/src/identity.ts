import type { DaemonIdentity } from "@spoor/daemon";

export const IDENTITY: DaemonIdentity = {
  program: "jaeger-collector",
  adminPort: 14269,
};

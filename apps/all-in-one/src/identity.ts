import type { DaemonIdentity } from "@spoor/daemon";

export const IDENTITY: DaemonIdentity = {
  program: "jaeger-all-in-one",
  adminPort: 14269,
  errorsOnStderrOnly: true,
};

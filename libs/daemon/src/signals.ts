/** Waits for SIGINT or SIGTERM (or `other`). A second signal ends the process at once. */
export function waitForSignal(other?: Promise<unknown>): {
  readonly received: Promise<{ readonly signal: string }>;
  dispose(): void;
} {
  let resolveReceived: (value: { readonly signal: string }) => void = () => undefined;
  const received = new Promise<{ readonly signal: string }>((resolve) => {
    resolveReceived = resolve;
  });
  let count = 0;
  const onSignal = (signal: string) => {
    count++;
    if (count > 1) process.exit(1);
    resolveReceived({ signal });
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  void other?.then(() => resolveReceived({ signal: "requested" }));
  return {
    received,
    dispose() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** What is wrong, by part. */
export type Problems = Readonly<Record<string, string>>;

/**
 * Whether the daemon can do its work just now: it has started, and nothing that it depends on is missing. Health says whether it runs
 * at all, which a supervisor that restarts it asks for; a store that is away is no reason to restart.
 */
export class Readiness {
  readonly #problems = new Map<string, string>();
  #changed: (problems: Problems) => void = () => undefined;

  /** Says what is wrong with a part, or with `undefined` that nothing is. */
  report(part: string, problem: string | undefined): void {
    if (this.#problems.get(part) === problem) return;
    if (problem === undefined) this.#problems.delete(part);
    else this.#problems.set(part, problem);
    this.#changed(Object.fromEntries(this.#problems));
  }

  /** Tells one listener whatever changes. */
  onChange(listener: (problems: Problems) => void): void {
    this.#changed = listener;
  }

  /** 200 or 503, and why. */
  answer(isRunning: boolean): { readonly status: number; readonly body: string } {
    const isReady = isRunning && this.#problems.size === 0;
    const status = isReady ? "ready" : "not ready";
    const problems = Object.fromEntries(this.#problems);
    return {
      status: isReady ? 200 : 503,
      body: JSON.stringify(this.#problems.size === 0 ? { status } : { status, problems }),
    };
  }
}

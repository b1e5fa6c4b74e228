/**
 * Whether the daemon can do its work just now: it has started, and nothing that it depends on is missing. Health says whether it runs
 * at all, which a supervisor that restarts it asks for; a store that is away is no reason to restart.
 */
export class Readiness {
  readonly #problems = new Map<string, string>();

  /** Says what is wrong with a part, or with `undefined` that nothing is. */
  report(part: string, problem: string | undefined): void {
    if (problem === undefined) this.#problems.delete(part);
    else this.#problems.set(part, problem);
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

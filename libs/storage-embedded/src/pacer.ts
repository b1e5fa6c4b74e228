/** Lets a long job on the worker's thread step aside for reads and flushes. */
export class Pacer {
  readonly #sliceMs: number;
  #since = performance.now();

  constructor(sliceMs: number) {
    this.#sliceMs = sliceMs;
  }

  /** True when it is time to `await` {@link rest}. */
  get due(): boolean {
    return performance.now() - this.#since > this.#sliceMs;
  }

  rest(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#since = performance.now();
        resolve();
      });
    });
  }
}

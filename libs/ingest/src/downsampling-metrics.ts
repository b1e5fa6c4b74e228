import { Counter, type Registry } from "prom-client";

/** v1's counters of downsampling. */
export class DownsamplingMetrics {
  readonly #accepted: Counter;
  readonly #dropped: Counter;

  constructor(registry: Registry) {
    const counter = (name: string, help: string) =>
      new Counter({ name: `jaeger_downsampling_writer_spans_${name}_total`, help, registers: [registry] });
    this.#accepted = counter("accepted", "Spans that downsampling kept");
    this.#dropped = counter("dropped", "Spans that downsampling left out");
  }

  add(accepted: number, dropped: number): void {
    if (accepted > 0) this.#accepted.inc(accepted);
    if (dropped > 0) this.#dropped.inc(dropped);
  }
}

import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** v1's metrics of adaptive sampling; the collector's namespace is theirs too. */
export class AdaptiveMetrics {
  readonly #operations: Counter;
  readonly #services: Counter;
  readonly #calculatedOperations: Gauge;
  readonly #calculation: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#operations = new Counter({
      name: "jaeger_collector_sampling_operations_total",
      help: "Operations whose root spans were counted, by interval",
      registers,
    });
    this.#services = new Counter({
      name: "jaeger_collector_sampling_services_total",
      help: "Services whose root spans were counted, by interval",
      registers,
    });
    this.#calculatedOperations = new Gauge({
      name: "jaeger_collector_adaptive_sampling_processor_operations_calculated",
      help: "Operations of the last calculation of probabilities",
      registers,
    });
    this.#calculation = new Histogram({
      name: "jaeger_collector_adaptive_sampling_processor_calculate_probabilities",
      help: "Seconds a calculation of probabilities took",
      registers,
    });
  }

  aggregated(operations: number, services: number): void {
    this.#operations.inc(operations);
    this.#services.inc(services);
  }

  /** Measures a calculation. */
  calculated<Result extends readonly unknown[]>(calculate: () => Result): Result {
    const end = this.#calculation.startTimer();
    const result = calculate();
    end();
    this.#calculatedOperations.set(result.length);
    return result;
  }
}

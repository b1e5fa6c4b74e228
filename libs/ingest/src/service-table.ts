import { type BatchTally, ServiceTally } from "./tally.ts";

/** v1's limit of service names a counter tells apart; the rest share one label. */
const MAX_SERVICES = 4000;
const OTHER_SERVICES = "other-services";

/** Running totals by the label `svc`. */
export class ServiceTable {
  readonly #byName = new Map<string, ServiceTally>();
  readonly #byLabel = new Map<string, ServiceTally>();
  readonly #maxServices: number;

  constructor(maxServices: number = MAX_SERVICES) {
    this.#maxServices = maxServices;
  }

  add(batch: BatchTally): void {
    for (const { serviceName, tally } of batch) this.#of(serviceName).add(tally);
  }

  entries(): Iterable<readonly [label: string, tally: ServiceTally]> {
    return this.#byLabel;
  }

  #of(serviceName: string): ServiceTally {
    const known = this.#byName.get(serviceName);
    if (known !== undefined) return known;
    if (this.#byName.size >= this.#maxServices) return this.#labelled(OTHER_SERVICES);
    const tally = this.#labelled(serviceLabel(serviceName));
    this.#byName.set(serviceName, tally);
    return tally;
  }

  #labelled(label: string): ServiceTally {
    let tally = this.#byLabel.get(label);
    if (tally === undefined) {
      tally = new ServiceTally();
      this.#byLabel.set(label, tally);
    }
    return tally;
  }
}

/** The label value of a service, normalised as v1 does (jaegertracing/jaeger `internal/metrics/otelmetrics` NormalizedMetricName). */
export function serviceLabel(serviceName: string): string {
  return serviceName === "" ? "__unknown" : serviceName.toLowerCase().replace(/[^a-z0-9\-.]/gu, "_");
}

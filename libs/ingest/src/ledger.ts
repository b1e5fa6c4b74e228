import { Counter, Gauge, type Registry } from "prom-client";

/**
 * The account of every received span: received = stored + sampled out + refused + in flight, at any moment.
 * A span enters by {@link received} and leaves by exactly one of the others.
 */
export class Ledger {
  #received = 0;
  #stored = 0;
  #sampledOut = 0;
  #inFlight = 0;
  readonly #refused = new Map<string, number>();

  constructor(registry: Registry) {
    const rows = () => this.#rows();
    const inFlight = () => this.#inFlight;
    new Counter({
      name: "spoor_ledger_spans_total",
      help: "What became of every received span; received = stored + sampled_out + refused + in flight",
      labelNames: ["state", "reason"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { state, reason, count } of rows()) this.inc({ state, reason }, count);
      },
    });
    new Gauge({
      name: "spoor_ledger_spans_in_flight",
      help: "Received spans whose fate is still open",
      registers: [registry],
      collect() {
        this.set(inFlight());
      },
    });
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  received(count: number): void {
    this.#received += count;
    this.#inFlight += count;
  }

  stored(count: number): void {
    this.#stored += count;
    this.#inFlight -= count;
  }

  sampledOut(count: number): void {
    this.#sampledOut += count;
    this.#inFlight -= count;
  }

  refused(reason: string, count: number): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + count);
    this.#inFlight -= count;
  }

  #rows(): readonly { readonly state: string; readonly reason: string; readonly count: number }[] {
    return [
      { state: "received", reason: "", count: this.#received },
      { state: "stored", reason: "", count: this.#stored },
      { state: "sampled_out", reason: "", count: this.#sampledOut },
      ...[...this.#refused].map(([reason, count]) => ({ state: "refused", reason, count })),
    ];
  }
}

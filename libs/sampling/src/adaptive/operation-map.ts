/** Values by service and operation. */
export class OperationMap<Value> {
  readonly #services = new Map<string, Map<string, Value>>();
  #size = 0;

  /** Operations of all services. */
  get size(): number {
    return this.#size;
  }

  get serviceCount(): number {
    return this.#services.size;
  }

  get(service: string, operation: string): Value | undefined {
    return this.#services.get(service)?.get(operation);
  }

  set(service: string, operation: string, value: Value): void {
    let operations = this.#services.get(service);
    if (operations === undefined) {
      operations = new Map();
      this.#services.set(service, operations);
    }
    if (!operations.has(operation)) this.#size++;
    operations.set(operation, value);
  }

  /** The operations of one service. */
  of(service: string): ReadonlyMap<string, Value> | undefined {
    return this.#services.get(service);
  }

  *entries(): Generator<readonly [service: string, operation: string, value: Value]> {
    for (const [service, operations] of this.#services) {
      for (const [operation, value] of operations) yield [service, operation, value];
    }
  }
}

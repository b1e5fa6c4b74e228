/** An operation of a service, as a tenant's spans name it. */
export interface Name {
  readonly tenant: string;
  readonly service: string;
  readonly operation: string;
  /** Text of the tag `span.kind`; "" without one. */
  readonly spanKind: string;
}

/** More names than this are not listed (their spans are found all the same). */
const MAX_NAMES = 500_000;

/** Service and operation names of all slices, in memory; each goes when the last slice that has it does. */
export class NameIndex {
  /** By tenant, service and operation: the newest generation (slice) that has it. */
  readonly #tenants = new Map<string, Map<string, Map<string, { readonly name: Name; generation: number }>>>();
  #size = 0;
  /** Names left out because there are too many. */
  dropped = 0;

  get size(): number {
    return this.#size;
  }

  get tenantCount(): number {
    return this.#tenants.size;
  }

  tenants(): string[] {
    return [...this.#tenants.keys()];
  }

  hasTenant(tenant: string): boolean {
    return this.#tenants.has(tenant);
  }

  add(name: Name, generation: number): void {
    let services = this.#tenants.get(name.tenant);
    if (services === undefined) {
      services = new Map();
      this.#tenants.set(name.tenant, services);
    }
    let operations = services.get(name.service);
    if (operations === undefined) {
      operations = new Map();
      services.set(name.service, operations);
    }
    const key = `${name.spanKind.length}:${name.spanKind}${name.operation}`;
    const known = operations.get(key);
    if (known !== undefined) {
      known.generation = Math.max(known.generation, generation);
      return;
    }
    if (this.#size >= MAX_NAMES) {
      this.dropped++;
      return;
    }
    operations.set(key, { name, generation });
    this.#size++;
  }

  /** Forgets what only generations below this one had. */
  dropBefore(generation: number): void {
    for (const [tenant, services] of this.#tenants) {
      for (const [service, operations] of services) {
        for (const [key, entry] of operations) {
          if (entry.generation >= generation) continue;
          operations.delete(key);
          this.#size--;
        }
        if (operations.size === 0) services.delete(service);
      }
      if (services.size === 0) this.#tenants.delete(tenant);
    }
  }

  services(tenant: string): string[] {
    return [...(this.#tenants.get(tenant)?.keys() ?? [])].sort();
  }

  operations(tenant: string, service: string, spanKind: string | undefined): { name: string; spanKind: string }[] {
    const found: { name: string; spanKind: string }[] = [];
    for (const { name } of this.#tenants.get(tenant)?.get(service)?.values() ?? []) {
      if (spanKind === undefined || name.spanKind === spanKind)
        found.push({ name: name.operation, spanKind: name.spanKind });
    }
    return found.sort((a, b) => compareText(a.name, b.name) || compareText(a.spanKind, b.spanKind));
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

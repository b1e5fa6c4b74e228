import type { SchemaFeatures } from "../schema/detect.ts";
import type { Statement } from "../session.ts";
import type { NameCache } from "./name-cache.ts";

const INSERT_SERVICE = "INSERT INTO service_names (service_name) VALUES (?)";
const INSERT_OPERATION_V2 = "INSERT INTO operation_names_v2 (service_name, span_kind, operation_name) VALUES (?, ?, ?)";
const INSERT_OPERATION_V1 = "INSERT INTO operation_names (service_name, operation_name) VALUES (?, ?)";

/** A name to be written. */
export interface NameRow {
  readonly table: string;
  readonly statement: Statement;
  /** To be called once it is stored. */
  readonly stored: () => void;
}

/** Names of services and operations that were not written lately. */
export class Names {
  readonly #operationsTable: SchemaFeatures["operationsTable"];
  readonly #services: NameCache;
  readonly #operations: NameCache;
  #newServices = new Set<string>();
  #newOperations = new Map<string, readonly [string, string, string]>();

  constructor(operationsTable: SchemaFeatures["operationsTable"], services: NameCache, operations: NameCache) {
    this.#operationsTable = operationsTable;
    this.#services = services;
    this.#operations = operations;
  }

  add(serviceName: string, spanKind: string, operationName: string): void {
    if (!this.#services.has(serviceName)) this.#newServices.add(serviceName);
    const key = `${serviceName.length} ${spanKind.length} ${serviceName}${spanKind}${operationName}`;
    if (!this.#operations.has(key)) this.#newOperations.set(key, [serviceName, spanKind, operationName]);
  }

  /** Those that are to be written now. */
  take(): readonly NameRow[] {
    const rows: NameRow[] = [];
    for (const name of this.#newServices) {
      rows.push({
        table: "service_names",
        statement: { query: INSERT_SERVICE, params: [Buffer.from(name)] },
        stored: () => this.#services.add(name),
      });
    }
    const hasKinds = this.#operationsTable === "operation_names_v2";
    for (const [key, [service, kind, operation]] of this.#newOperations) {
      const values = hasKinds ? [service, kind, operation] : [service, operation];
      rows.push({
        table: this.#operationsTable,
        statement: {
          query: hasKinds ? INSERT_OPERATION_V2 : INSERT_OPERATION_V1,
          params: values.map((text) => Buffer.from(text)),
        },
        stored: () => this.#operations.add(key),
      });
    }
    if (rows.length > 0) {
      this.#newServices = new Set();
      this.#newOperations = new Map();
    }
    return rows;
  }
}

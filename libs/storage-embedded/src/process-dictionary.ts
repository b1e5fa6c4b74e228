import { type EncodedProcess, NO_PROCESS, scanProcess } from "@spoor/span-wire";
import { hashText, mixHashes, SEED } from "./hash.ts";
import { NO_PROCESS_LENGTH } from "./packed-spans.ts";
import type { SpanScanner } from "./span-scanner.ts";

/** A process of a block: tenant, bytes, and the index keys they give. */
export interface ProcessEntry {
  readonly tenant: string;
  readonly tenantHash: number;
  readonly process: EncodedProcess;
  /** Hashes of service and tags. */
  readonly hashes: Uint32Array;
  /** Number of the service name within the dictionary. */
  readonly service: number;
  readonly serviceHash: number;
  /** Two hashes of tenant and service together. */
  readonly ownerHash: number;
  readonly ownerHash2: number;
}

/** The distinct (tenant, process) pairs of a block, numbered as they come. */
export class ProcessDictionary {
  readonly entries: ProcessEntry[] = [];
  readonly services: string[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #serviceByName = new Map<string, number>();
  readonly tenants = new Set<string>();

  /**
   * Numbers of the entries packed in `packed` (see PackedSpans); new ones are added. `undefined` when that would take
   * more than `max` entries; nothing is added then.
   */
  add(packed: Uint8Array, scanner: SpanScanner, max: number): Uint32Array | undefined {
    const keys: string[] = [];
    const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
    let fresh = 0;
    for (let at = 0; at < packed.length; ) {
      const end = at + entryLength(buffer, at);
      const key = buffer.toString("latin1", at, end);
      if (!this.#byKey.has(key)) fresh++;
      keys.push(key);
      at = end;
    }
    if (this.entries.length + fresh > max) return undefined;
    const numbers = new Uint32Array(keys.length);
    let at = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const end = at + key.length;
      let number = this.#byKey.get(key);
      if (number === undefined) {
        number = this.entries.length;
        this.#create(buffer, at, end, scanner);
        this.#byKey.set(key, number);
      }
      numbers[i] = number;
      at = end;
    }
    return numbers;
  }

  #create(buffer: Buffer, start: number, end: number, scanner: SpanScanner): void {
    const { tenant, process } = decodeEntry(buffer, start, end);
    const mark = scanner.hashes.count;
    scanner.scanProcess(process);
    const hashes = scanner.hashes.values.slice(mark, scanner.hashes.count);
    scanner.hashes.count = mark;
    let service = this.#serviceByName.get(process.serviceName);
    if (service === undefined) {
      service = this.services.length;
      this.services.push(process.serviceName);
      this.#serviceByName.set(process.serviceName, service);
    }
    this.tenants.add(tenant);
    const tenantHash = hashText(tenant, SEED.tenant);
    const serviceHash = hashText(process.serviceName, SEED.service);
    const ownerHash = mixHashes(tenantHash, serviceHash);
    const ownerHash2 = mixHashes(serviceHash, tenantHash);
    this.entries.push({ tenant, tenantHash, process, hashes, service, serviceHash, ownerHash, ownerHash2 });
  }
}

export function encodeEntry(tenant: string, process: EncodedProcess): Buffer {
  const isNone = process === NO_PROCESS;
  const tenantLength = Buffer.byteLength(tenant);
  const entry = Buffer.allocUnsafe(8 + tenantLength + process.bytes.length);
  entry.writeUInt32LE(tenantLength, 0);
  entry.writeUInt32LE(isNone ? NO_PROCESS_LENGTH : process.bytes.length, 4);
  entry.write(tenant, 8, "utf8");
  entry.set(process.bytes, 8 + tenantLength);
  return entry;
}

export function entryLength(buffer: Buffer, at: number): number {
  const processLength = buffer.readUInt32LE(at + 4);
  const length = 8 + buffer.readUInt32LE(at) + (processLength === NO_PROCESS_LENGTH ? 0 : processLength);
  if (at + length > buffer.length) throw new RangeError("process entry is damaged");
  return length;
}

/** The entry in `buffer[start, end)`; the process keeps bytes of its own. */
export function decodeEntry(buffer: Buffer, start: number, end: number): { tenant: string; process: EncodedProcess } {
  const tenantLength = buffer.readUInt32LE(start);
  const tenant = buffer.toString("utf8", start + 8, start + 8 + tenantLength);
  if (buffer.readUInt32LE(start + 4) === NO_PROCESS_LENGTH) return { tenant, process: NO_PROCESS };
  return { tenant, process: scanProcess(new Uint8Array(buffer.subarray(start + 8 + tenantLength, end))) };
}

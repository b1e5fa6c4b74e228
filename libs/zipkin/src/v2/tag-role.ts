import { RESOURCE_KEYS } from "./resource-keys.ts";

/** Tags that say more than themselves. As numbers, for bits in masks. */
export const ROLE = {
  none: 0,
  /** Describes the process. */
  resource: 1,
  serviceNameSource: 2,
  scopeName: 3,
  scopeVersion: 4,
  traceState: 5,
  kind: 6,
  statusCode: 7,
  statusDescription: 8,
  error: 9,
  firstLink: 10,
  localIp: 11,
  localPort: 12,
  peerService: 13,
  peerIp: 14,
  peerPort: 15,
  /** Was taken for what it says. */
  taken: 16,
} as const;

const KEYS: ReadonlyMap<string, number> = new Map([
  ...[...RESOURCE_KEYS].map((key) => [key, ROLE.resource] as const),
  ["otlp.service.name.source", ROLE.serviceNameSource],
  ["otel.library.name", ROLE.scopeName],
  ["otel.library.version", ROLE.scopeVersion],
  ["w3c.tracestate", ROLE.traceState],
  ["span.kind", ROLE.kind],
  ["otel.status_code", ROLE.statusCode],
  ["otel.status_description", ROLE.statusDescription],
  ["error", ROLE.error],
  ["otlp.link.0", ROLE.firstLink],
  ["net.host.ip", ROLE.localIp],
  ["net.host.port", ROLE.localPort],
  ["peer.service", ROLE.peerService],
  ["net.peer.ip", ROLE.peerIp],
  ["net.peer.port", ROLE.peerPort],
]);

const SLOTS = 1024;

/** A cheap hash of a key: equal keys have equal ones. Within [0, {@link SLOTS}). */
export function keyHash(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const first = bytes[start] as number;
  const middle = bytes[start + (length >> 1)] as number;
  const last = bytes[end - 1] as number;
  const beforeLast = length > 1 ? (bytes[end - 2] as number) : 0;
  return (length * 37 + first * 7 + middle * 101 + last * 331 + beforeLast * 11) & (SLOTS - 1);
}

interface Entry {
  readonly key: Uint8Array;
  readonly role: number;
}

const TABLE: readonly (readonly Entry[] | undefined)[] = buildTable();

function buildTable(): (Entry[] | undefined)[] {
  const table = new Array<Entry[] | undefined>(SLOTS).fill(undefined);
  for (const [text, role] of KEYS) {
    const key = Buffer.from(text);
    const hash = keyHash(key, 0, key.length);
    const slot = table[hash] ?? [];
    slot.push({ key, role });
    table[hash] = slot;
  }
  return table;
}

/** The {@link ROLE} of the tag with this key, whose {@link keyHash} is `hash`. */
export function tagRole(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const slot = TABLE[hash];
  if (slot === undefined) return ROLE.none;
  for (const { key, role } of slot) if (equals(bytes, start, end, key)) return role;
  return ROLE.none;
}

function equals(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

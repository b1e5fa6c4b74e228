import { type ByteCopier, type WireWriter, writeInt64KeyValueWords, writeStringKeyValue } from "@spoor/span-wire";
import { KIND, SPAN, STATUS, writeKind, writeStartAbsent, writeStatus } from "../wire/fields.ts";
import { encodedKey, writeTextTag, writeValueTag } from "../wire/text.ts";
import type { V2Span } from "./span.ts";
import { PLACES } from "./tag-list.ts";
import { ROLE } from "./tag-role.ts";

const TAG = (SPAN.tags << 3) | 2;
const SCOPE_NAME = encodedKey("otel.scope.name");
const SCOPE_VERSION = encodedKey("otel.scope.version");
const STATUS_DESCRIPTION = encodedKey("otel.status_description");
const TRACE_STATE = encodedKey("w3c.tracestate");
const PEER_SERVICE = encodedKey("peer.service");

const STATUS_CODES: ReadonlyMap<string, number> = new Map([
  ["STATUS_CODE_OK", STATUS.ok],
  ["STATUS_CODE_ERROR", STATUS.error],
]);

/** Roles of tags that are no tags of the span in any case. */
const ALWAYS_TAKEN =
  bit(ROLE.resource) |
  bit(ROLE.serviceNameSource) |
  bit(ROLE.scopeName) |
  bit(ROLE.traceState) |
  bit(ROLE.statusCode) |
  bit(ROLE.taken);

function bit(role: number): number {
  return 1 << role;
}

/**
 * Writes tags in v1's order: scope, the span's own, what the endpoints say, `span.kind`, status, `w3c.tracestate`. A tag that OpenTelemetry's
 * Zipkin exporter wrote in the place of a field of the span becomes that field again.
 */
export function writeTags(out: WireWriter, copier: ByteCopier, span: V2Span): void {
  const { tags } = span;
  let taken = ALWAYS_TAKEN | takenByEndpoints(span);

  if (writeRole(out, copier, span, ROLE.scopeName, SCOPE_NAME)) {
    writeRole(out, copier, span, ROLE.scopeVersion, SCOPE_VERSION);
    taken |= bit(ROLE.scopeVersion);
  }
  let { kind } = span;
  if (kind === KIND.unspecified) {
    // Zipkin has no kind for internal spans.
    if (textOf(span, ROLE.kind) === "internal") kind = KIND.internal;
    taken |= bit(ROLE.kind);
  }
  let status: number = STATUS.unset;
  const hasStatus = tags.has(ROLE.statusCode);
  if (hasStatus) {
    status = STATUS_CODES.get(textOf(span, ROLE.statusCode)) ?? STATUS.unset;
    taken |= bit(ROLE.statusDescription);
  }
  if (tags.has(ROLE.error)) {
    // Any tag `error` means an error; its text stays unless it is `true`.
    status = STATUS.error;
    if (textOf(span, ROLE.error) === "true") taken |= bit(ROLE.error);
  }

  writeOwnTags(out, copier, span, taken);
  writeEndpoints(out, copier, span);
  if (span.startIsAbsent) writeStartAbsent(out);
  writeKind(out, kind);
  writeStatus(out, status, "");
  if (hasStatus) writeRole(out, copier, span, ROLE.statusDescription, STATUS_DESCRIPTION);
  writeRole(out, copier, span, ROLE.traceState, TRACE_STATE);
}

function writeOwnTags(out: WireWriter, copier: ByteCopier, { tags }: V2Span, taken: number): void {
  const { places, roles, length } = tags;
  for (let i = 0, at = 0; i < length; i++, at += PLACES) {
    if (((taken >> (roles[i] as number)) & 1) !== 0) continue;
    const keyStart = places[at] as number;
    const keyEnd = places[at + 1] as number;
    writeTextTag(out, copier, TAG, keyStart, keyEnd, places[at + 2] as number, places[at + 3] as number);
  }
}

/** Writes the value of the tag with this role under the given key; false when there is none or it is empty. */
function writeRole(out: WireWriter, copier: ByteCopier, { tags }: V2Span, role: number, key: Uint8Array): boolean {
  const index = tags.withRole(role);
  if (index < 0) return false;
  const start = tags.places[index * PLACES + 2] as number;
  const end = tags.places[index * PLACES + 3] as number;
  if (start === end) return false;
  writeValueTag(out, copier, TAG, key, start, end);
  return true;
}

/** "" when no tag has this role. */
function textOf({ bytes, tags }: V2Span, role: number): string {
  const index = tags.withRole(role);
  return index < 0 ? "" : tags.value(bytes, index);
}

/** What an endpoint says wins over a tag of the same name. */
function takenByEndpoints({ local, remote }: V2Span): number {
  return (
    (local.ip === "" ? 0 : bit(ROLE.localIp)) |
    (local.port === 0 ? 0 : bit(ROLE.localPort)) |
    (remote.serviceEnd === remote.serviceStart ? 0 : bit(ROLE.peerService)) |
    (remote.ip === "" ? 0 : bit(ROLE.peerIp)) |
    (remote.port === 0 ? 0 : bit(ROLE.peerPort))
  );
}

function writeEndpoints(out: WireWriter, copier: ByteCopier, { local, remote }: V2Span): void {
  if (local.ip !== "") writeStringKeyValue(out, SPAN.tags, "net.host.ip", local.ip);
  const { serviceStart, serviceEnd } = remote;
  if (serviceEnd > serviceStart) writeValueTag(out, copier, TAG, PEER_SERVICE, serviceStart, serviceEnd);
  if (remote.ip !== "") writeStringKeyValue(out, SPAN.tags, "net.peer.ip", remote.ip);
  if (local.port > 0) writeInt64KeyValueWords(out, SPAN.tags, "net.host.port", local.port, 0);
  if (remote.port > 0) writeInt64KeyValueWords(out, SPAN.tags, "net.peer.port", remote.port, 0);
}

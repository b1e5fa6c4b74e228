import { type EncodedProcess, EncodedSpan, NO_FIELDS, SpanWireError, WireReader, WireWriter } from "@spoor/span-wire";
import { OtlpError } from "../errors.ts";
import type { OtlpLimits } from "../limits.ts";
import { KEY_SCOPE_NAME, KEY_SCOPE_VERSION, SPAN_TAGS } from "./constants.ts";
import { Ranges } from "./ranges.ts";
import { ResourceTranscoder } from "./resource.ts";
import { ResourceCache } from "./resource-cache.ts";
import { scratchWriter } from "./scratch.ts";
import { REQUEST, RESOURCE_SPANS, SCOPE, SCOPE_SPANS } from "./shapes.ts";
import { SpanTranscoder } from "./span.ts";
import { writeTextTag } from "./text-tag.ts";

export interface TranscodeOptions {
  readonly limits: OtlpLimits;
  readonly sanitizeServiceName: boolean;
}

/** The field 1000 of ResourceSpans: `instrumentation_library_spans` of senders from before 2022; used when there are no `scope_spans`. */
const OLD_SCOPE_SPANS = (1000 << 3) | 2;

/** Room that any message may take whatever its size. */
const EXPANSION_FLOOR = 1 << 20;

/**
 * Turns an ExportTraceServiceRequest (or TracesData, which has the same form) into encoded Jaeger spans that share one buffer.
 *
 *     request        resource_spans=1
 *     ResourceSpans  resource=1{ attributes=1 }  scope_spans=2  schema_url=3
 *     ScopeSpans     scope=1{ name=1 version=2 attributes=3 }  spans=2  schema_url=3
 *
 * Fields may come in any order and protobuf merges repeated messages, so each level is looked through before it is transcoded.
 */
export function transcodeRequest(body: Uint8Array, options: TranscodeOptions): EncodedSpan[] {
  const { limits } = options;
  let transcoder = transcoders.get(limits);
  if (transcoder === undefined) {
    transcoder = new RequestTranscoder(limits);
    transcoders.set(limits, transcoder);
  }
  try {
    return transcoder.run(body, options.sanitizeServiceName);
  } catch (error) {
    throw error instanceof SpanWireError ? new OtlpError("MALFORMED", error.message, { cause: error }) : error;
  }
}

/** One for all requests: making its parts costs as much as transcoding some spans. */
const transcoders = new WeakMap<OtlpLimits, RequestTranscoder>();

class RequestTranscoder {
  readonly #limits: OtlpLimits;
  readonly #reader = new WireReader(NO_FIELDS);
  readonly #out = new WireWriter(0);
  readonly #span: SpanTranscoder;
  readonly #resource: ResourceTranscoder;
  readonly #processes = new ResourceCache();
  readonly #scopes: Ranges;
  readonly #oldScopes: Ranges;
  #sanitize = true;
  #maxOutput = 0;
  #groups = 0;
  /** Start, end and start of the trace id of each span, whether it is a root, and its process: the buffer may yet grow. */
  #places: number[] = [];
  #owners: EncodedProcess[] = [];

  constructor(limits: OtlpLimits) {
    this.#limits = limits;
    this.#span = new SpanTranscoder(this.#reader, this.#out, limits);
    this.#resource = new ResourceTranscoder(this.#reader, limits);
    this.#scopes = new Ranges(limits.maxSpans);
    this.#oldScopes = new Ranges(limits.maxSpans);
  }

  run(body: Uint8Array, sanitize: boolean): EncodedSpan[] {
    // One class of array, whatever the caller has, keeps the accesses below fast.
    const bytes = body.constructor === Uint8Array ? body : new Uint8Array(body.buffer, body.byteOffset, body.length);
    const reader = this.#reader;
    const end = bytes.length;
    reader.open(bytes, 0, end);
    this.#out.renew(end + (end >> 3) + 256);
    this.#span.open();
    this.#sanitize = sanitize;
    this.#maxOutput = end * this.#limits.maxExpansion + EXPANSION_FLOOR;
    this.#groups = 0;
    try {
      while (reader.position < end) {
        const tag = reader.tag();
        if (tag === 0x0a) {
          const next = reader.length() + reader.position;
          this.#resourceSpans(reader.position, next);
          reader.position = next;
          reader.end = end;
        } else reader.skipField(tag, REQUEST);
      }
      return this.#take();
    } finally {
      // Nothing of this request is kept.
      this.#places = [];
      this.#owners = [];
      reader.open(NO_FIELDS, 0, 0);
      this.#out.release();
      this.#span.close();
      this.#resource.close();
    }
  }

  #take(): EncodedSpan[] {
    const { buffer } = this.#out;
    const places = this.#places;
    return this.#owners.map((process, i) => {
      const at = i * 4;
      const [start, end, traceIdStart] = [places[at] as number, places[at + 1] as number, places[at + 2] as number];
      return new EncodedSpan(buffer, start, end, process, traceIdStart, 0, places[at + 3] === 1);
    });
  }

  /** Each span may have a resource and a scope to itself; more of them are empty, and those cost more than their two bytes. */
  #countGroups(groups: number): void {
    this.#groups += groups;
    const most = 2 * this.#limits.maxSpans;
    if (this.#groups > most) throw new OtlpError("LIMIT_EXCEEDED", `more than ${most} resources and scopes`);
  }

  #resourceSpans(start: number, end: number): void {
    const reader = this.#reader;
    const resources: number[] = [];
    const scopes = this.#scopes;
    const oldScopes = this.#oldScopes;
    scopes.clear();
    oldScopes.clear();
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag === 0x0a) resources.push(reader.bytes(), reader.position);
      else if (tag === 0x12) scopes.add(reader.bytes(), reader.position);
      else if (tag === OLD_SCOPE_SPANS) oldScopes.add(reader.bytes(), reader.position);
      else reader.skipField(tag, RESOURCE_SPANS);
    }
    const found = scopes.length > 0 ? scopes : oldScopes;
    this.#countGroups(1 + found.length / 2);
    let process: EncodedProcess | undefined;
    for (let i = 0; i < found.length; i += 2) {
      const [from, to] = [found.bounds[i] as number, found.bounds[i + 1] as number];
      const scope = this.#scanScopeSpans(from, to);
      if (scope.spans === 0) continue;
      process ??= this.#process(resources);
      this.#scopeSpans(from, to, scope.scopes, process);
    }
  }

  #process(resources: readonly number[]): EncodedProcess {
    const isUsual = resources.length === 2 && this.#sanitize;
    if (!isUsual) return this.#resource.transcode(resources, this.#sanitize);
    const { buffer } = this.#reader;
    const [start, end] = [resources[0] as number, resources[1] as number];
    let process = this.#processes.find(buffer, start, end);
    if (process === undefined) {
      process = this.#resource.transcode(resources, true);
      this.#processes.remember(buffer, start, end, process);
    }
    return process;
  }

  /** Counts the spans and finds the scopes (one, usually) of a ScopeSpans message. */
  #scanScopeSpans(start: number, end: number): { readonly spans: number; readonly scopes: readonly number[] } {
    const reader = this.#reader;
    const scopes: number[] = [];
    let spans = 0;
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag === 0x0a) scopes.push(reader.bytes(), reader.position);
      else if (tag === 0x12) {
        reader.bytes();
        spans++;
      } else reader.skipField(tag, SCOPE_SPANS);
    }
    if (this.#owners.length + spans > this.#limits.maxSpans) {
      throw new OtlpError("LIMIT_EXCEEDED", `more than ${this.#limits.maxSpans} spans in one message`);
    }
    return { spans, scopes };
  }

  #scopeSpans(start: number, end: number, scopes: readonly number[], process: EncodedProcess): void {
    const reader = this.#reader;
    const scopeTags = this.#scopeTags(scopes);
    reader.position = start;
    reader.end = end;
    while (reader.position < end) {
      const tag = reader.tag();
      if (tag !== 0x12) {
        reader.skip(tag & 7);
        continue;
      }
      const next = reader.length() + reader.position;
      const from = this.#out.position;
      this.#span.transcode(reader.position, next, scopeTags);
      const { traceIdStart, isRoot } = this.#span;
      this.#places.push(from, this.#out.position, traceIdStart, isRoot ? 1 : 0);
      this.#owners.push(process);
      if (this.#out.position > this.#maxOutput) {
        throw new OtlpError("LIMIT_EXCEEDED", "the message's spans take too much room");
      }
      reader.position = next;
      reader.end = end;
    }
  }

  /** The tags `otel.scope.name` and `otel.scope.version` as encoded fields. */
  #scopeTags(ranges: readonly number[]): Uint8Array {
    if (ranges.length === 0) return NO_FIELDS;
    const reader = this.#reader;
    let name: readonly [number, number] = [0, 0];
    let version: readonly [number, number] = [0, 0];
    for (let i = 0; i < ranges.length; i += 2) {
      reader.position = ranges[i] as number;
      reader.end = ranges[i + 1] as number;
      while (reader.position < reader.end) {
        const tag = reader.tag();
        if (tag === 0x0a) name = [reader.bytes(), reader.position];
        else if (tag === 0x12) version = [reader.bytes(), reader.position];
        else reader.skipField(tag, SCOPE);
      }
    }
    const out = scratchWriter();
    if (name[1] > name[0]) writeTextTag(out, SPAN_TAGS, KEY_SCOPE_NAME, reader.buffer, name[0], name[1]);
    if (version[1] > version[0]) writeTextTag(out, SPAN_TAGS, KEY_SCOPE_VERSION, reader.buffer, version[0], version[1]);
    return out.finish();
  }
}

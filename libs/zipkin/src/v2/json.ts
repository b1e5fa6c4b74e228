import { goJsonSyntaxError } from "@spoor/go-text";
import { ZipkinError } from "../errors.ts";
import { canonicalIp } from "../ip.ts";
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  JsonByteReader,
  MINUS,
  malformed,
  NINE,
  NULL,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  ZERO,
} from "../json/byte-reader.ts";
import { FieldTable } from "../json/field-table.ts";
import { hexWord } from "../json/hex.ts";
import { checkSize, typeError } from "../json/parse.ts";
import type { ZipkinLimits } from "../limits.ts";
import { KIND } from "../wire/fields.ts";
import { checkId, checkTraceId } from "./ids.ts";
import { type V2Endpoint, V2Span } from "./span.ts";

/** The Go type that v1 names in its error for a span that is no object. */
const SPAN_TYPE =
  'struct { T uint64 "json:\\"timestamp,omitempty\\""; D uint64 "json:\\"duration,omitempty\\""; *model.Alias }';

const KINDS: ReadonlyMap<string, number> = new Map([
  ["CLIENT", KIND.client],
  ["SERVER", KIND.server],
  ["PRODUCER", KIND.producer],
  ["CONSUMER", KIND.consumer],
]);

const SPAN_FIELDS = new FieldTable([
  ..."traceId id parentId name kind timestamp duration".split(" "),
  ..."localEndpoint remoteEndpoint annotations tags debug shared".split(" "),
]);
const ENDPOINT_FIELDS = new FieldTable(["serviceName", "ipv4", "ipv6", "port"]);
const ANNOTATION_FIELDS = new FieldTable(["timestamp", "value"]);

/**
 * Reads a Zipkin v2 JSON list as openzipkin/zipkin-go does (`model.SpanModel.UnmarshalJSON`), which v1 uses: ids of 1 to 32 or 16 hex
 * digits, `null` elements left out, names of fields in any case. `take` gets one span after the other, in one object.
 */
export function readV2Json(body: Uint8Array, limits: ZipkinLimits, take: (span: V2Span) => void): void {
  try {
    new V2JsonReader(body, limits).list(take);
  } catch (error) {
    if (!(error instanceof ZipkinError)) throw error;
    // Go looks at the whole text before it reads any value; so what is wrong with that is the error.
    checkSize(body, limits);
    const problem = goJsonSyntaxError(body);
    throw problem === undefined ? error : new ZipkinError("MALFORMED", problem, { cause: error });
  }
}

class V2JsonReader {
  readonly #json: JsonByteReader;
  readonly #limits: ZipkinLimits;
  readonly #span: V2Span;

  constructor(body: Uint8Array, limits: ZipkinLimits) {
    this.#json = new JsonByteReader(body, limits);
    this.#limits = limits;
    this.#span = new V2Span(limits.maxSpanElements);
  }

  list(take: (span: V2Span) => void): void {
    const json = this.#json;
    const byte = json.peek();
    if (byte === NULL) json.literal();
    else if (byte !== OPEN_ARRAY) throw json.mismatch(undefined, "[]*model.SpanModel");
    else if (json.enterArray()) this.#items(take);
    if (!json.atEnd()) throw malformed();
  }

  #items(take: (span: V2Span) => void): void {
    const json = this.#json;
    const span = this.#span;
    let count = 0;
    do {
      const byte = json.peek();
      if (byte === NULL) json.literal();
      else if (byte === OPEN_OBJECT) {
        if (++count > this.#limits.maxSpans) throw new ZipkinError("LIMIT_EXCEEDED", "too many spans");
        this.#readSpan();
        span.bytes = json.bytes;
        take(span);
      } else throw json.mismatch(undefined, SPAN_TYPE);
    } while (json.more(CLOSE_ARRAY));
  }

  #readSpan(): void {
    const json = this.#json;
    const span = this.#span;
    span.clear();
    let hasId = false;
    if (json.enterObject()) {
      do {
        json.name();
        switch (SPAN_FIELDS.find(json.bytes, json.textStart, json.textEnd)) {
          case 1:
            this.#traceId();
            break;
          case 2:
            this.#id();
            hasId = true;
            break;
          case 3:
            this.#parentId();
            break;
          case 4:
            this.#text(".Alias.name");
            span.nameStart = json.textStart;
            span.nameEnd = json.textEnd;
            break;
          case 5:
            this.#text(".Alias.kind", "model.Kind");
            span.kind = KINDS.get(json.text()) ?? KIND.unspecified;
            break;
          case 6:
            span.startUs = this.#micros(".timestamp");
            break;
          case 7:
            span.durationUs = this.#micros(".duration");
            break;
          case 8:
            this.#endpoint(span.local, "localEndpoint");
            break;
          case 9:
            this.#endpoint(span.remote, "remoteEndpoint");
            break;
          case 10:
            this.#annotations();
            break;
          case 11:
            this.#tags();
            break;
          case 12:
            this.#bool(".Alias.debug");
            break;
          case 13:
            this.#bool(".Alias.shared");
            break;
          default:
            json.skip();
        }
      } while (json.more(CLOSE_OBJECT));
    }
    if (!hasId || (span.idHigh === 0 && span.idLow === 0)) {
      throw new ZipkinError("INVALID_SPAN", "valid span id required");
    }
    span.startIsAbsent = span.startUs === 0;
  }

  #traceId(): void {
    const json = this.#json;
    const span = this.#span;
    if (json.peek() !== QUOTE) throw new ZipkinError("INVALID_SPAN", "valid traceId required");
    json.string();
    const { bytes, textStart: start, textEnd: end } = json;
    checkTraceId(bytes, start, end);
    span.traceId0 = hexWord(bytes, Math.max(start, end - 32), end - 24);
    span.traceId1 = hexWord(bytes, Math.max(start, end - 24), end - 16);
    span.traceId2 = hexWord(bytes, Math.max(start, end - 16), end - 8);
    span.traceId3 = hexWord(bytes, Math.max(start, end - 8), end);
  }

  #id(): void {
    const json = this.#json;
    this.#hexId();
    this.#span.idHigh = hexWord(json.bytes, Math.max(json.textStart, json.textEnd - 16), json.textEnd - 8);
    this.#span.idLow = hexWord(json.bytes, Math.max(json.textStart, json.textEnd - 8), json.textEnd);
  }

  #parentId(): void {
    const json = this.#json;
    const span = this.#span;
    if (json.peek() === NULL) {
      json.literal();
      span.parentIdHigh = span.parentIdLow = 0;
      return;
    }
    this.#hexId();
    span.parentIdHigh = hexWord(json.bytes, Math.max(json.textStart, json.textEnd - 16), json.textEnd - 8);
    span.parentIdLow = hexWord(json.bytes, Math.max(json.textStart, json.textEnd - 8), json.textEnd);
  }

  #hexId(): void {
    const json = this.#json;
    if (json.peek() !== QUOTE) throw new ZipkinError("INVALID_SPAN", "valid span id required");
    json.string();
    checkId(json.bytes, json.textStart, json.textEnd);
  }

  #endpoint(endpoint: V2Endpoint, field: string): void {
    const json = this.#json;
    const byte = json.peek();
    if (byte === NULL) {
      json.literal();
      endpoint.clear();
      return;
    }
    if (byte !== OPEN_OBJECT) throw json.mismatch(`.Alias.${field}`, "model.Endpoint");
    if (!json.enterObject()) return;
    do {
      json.name();
      switch (ENDPOINT_FIELDS.find(json.bytes, json.textStart, json.textEnd)) {
        case 1:
          this.#endpointText(field, "ServiceName");
          endpoint.serviceStart = json.textStart;
          endpoint.serviceEnd = json.textEnd;
          break;
        case 2:
          this.#endpointText(field, "IPv4");
          endpoint.ipv4 = readIp(json.text());
          break;
        case 3:
          this.#endpointText(field, "IPv6");
          endpoint.ipv6 = readIp(json.text());
          break;
        case 4:
          endpoint.port = this.#port(field);
          break;
        default:
          json.skip();
      }
    } while (json.more(CLOSE_OBJECT));
  }

  #annotations(): void {
    const json = this.#json;
    this.#span.annotations.length = 0;
    const byte = json.peek();
    if (byte === NULL) {
      json.literal();
      return;
    }
    if (byte !== OPEN_ARRAY) throw json.mismatch(".Alias.annotations", "[]model.Annotation");
    if (!json.enterArray()) return;
    do this.#annotation();
    while (json.more(CLOSE_ARRAY));
  }

  #annotation(): void {
    const json = this.#json;
    let timeUs = 0;
    let valueStart = 0;
    let valueEnd = 0;
    const byte = json.peek();
    if (byte === NULL) json.literal();
    else if (byte !== OPEN_OBJECT) throw json.mismatch(undefined, "model.Annotation");
    else if (json.enterObject()) {
      do {
        json.name();
        switch (ANNOTATION_FIELDS.find(json.bytes, json.textStart, json.textEnd)) {
          case 1:
            timeUs = this.#micros(".timestamp");
            break;
          case 2:
            this.#text(".Alias.value");
            valueStart = json.textStart;
            valueEnd = json.textEnd;
            break;
          default:
            json.skip();
        }
      } while (json.more(CLOSE_OBJECT));
    }
    if (timeUs < 1) throw new ZipkinError("INVALID_SPAN", "valid annotation timestamp required");
    this.#span.annotations.add(timeUs, valueStart, valueEnd);
  }

  #tags(): void {
    const json = this.#json;
    const { tags } = this.#span;
    const byte = json.peek();
    if (byte === NULL) {
      json.literal();
      tags.clear();
      return;
    }
    if (byte !== OPEN_OBJECT) throw json.mismatch(".Alias.tags", "map[string]string");
    if (!json.enterObject()) return;
    do {
      json.name();
      const { textStart, textEnd } = json;
      this.#text(".Alias.tags");
      tags.set(json.bytes, textStart, textEnd, json.textStart, json.textEnd);
    } while (json.more(CLOSE_OBJECT));
  }

  /** Reads a text, which `null` makes empty. */
  #text(field: string, type: string = "string"): void {
    const json = this.#json;
    const byte = json.peek();
    if (byte === QUOTE) json.string();
    else if (byte === NULL) {
      json.literal();
      json.textStart = json.textEnd = 0;
    } else throw json.mismatch(field, type);
  }

  #endpointText(field: string, name: string): void {
    const byte = this.#json.peek();
    // The field's whole name is for errors only.
    this.#text(byte === QUOTE || byte === NULL ? "" : `Endpoint.Alias.${field}.${name}`);
  }

  #micros(field: string): number {
    const value = this.#number(field, "uint64");
    // Above 2^53 a number is rounded; as microseconds it is after the year 2255.
    if (Number.isSafeInteger(value) && value >= 0) return value + 0;
    throw typeError(value, field, "uint64");
  }

  #port(endpoint: string): number {
    const field = `Endpoint.Alias.${endpoint}.Port`;
    const value = this.#number(field, "uint16");
    if (Number.isInteger(value) && value >= 0 && value <= 65535) return value + 0;
    throw typeError(value, field, "uint16");
  }

  /** A number, 0 for `null`. */
  #number(field: string, type: string): number {
    const json = this.#json;
    const byte = json.peek();
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return json.number();
    if (byte !== NULL) throw json.mismatch(field, type);
    json.literal();
    return 0;
  }

  /** Checks a field that nobody reads. */
  #bool(field: string): void {
    const json = this.#json;
    const byte = json.peek();
    if (byte === QUOTE || byte === OPEN_OBJECT || byte === OPEN_ARRAY || byte === MINUS) {
      throw json.mismatch(field, "bool");
    }
    if (byte >= ZERO && byte <= NINE) throw json.mismatch(field, "bool");
    json.literal();
  }
}

function readIp(text: string): string {
  if (text === "") return "";
  const ip = canonicalIp(text);
  if (ip === undefined) throw new ZipkinError("INVALID_SPAN", `invalid IP address: ${text}`);
  return ip;
}

import { goJsonString } from "@spoor/go-text";
import { formatTraceId, type Process, type Span, type TraceId } from "@spoor/span-model";
import { KeyValueWriter } from "./key-value.ts";
import { jsonMicroseconds } from "./number.ts";

/** A trace as the JSON API needs it; a `TraceView` is one. */
export interface JsonTrace {
  readonly traceId: TraceId;
  spans(): Iterable<Span>;
}

/** Yields often enough that a piece stays near this many characters, so that a reply is never one giant string. */
const PIECE_CHARACTERS = 64 * 1024;

/**
 * A trace in v1's JSON form (jaegertracing/jaeger `model/json`), in pieces of about 64 KiB. Processes are numbered p1, p2, …
 * as their spans come, equal ones once.
 */
export function* traceJson(trace: JsonTrace): Generator<string, void, undefined> {
  const writer = new SpanJsonWriter();
  let text = `{"traceID":"${formatTraceId(trace.traceId)}","spans":[`;
  let first = true;
  for (const span of trace.spans()) {
    text += first ? writer.span(span) : `,${writer.span(span)}`;
    first = false;
    if (text.length >= PIECE_CHARACTERS) {
      yield text;
      text = "";
    }
  }
  yield `${text}],"processes":${writer.processes()},"warnings":null}`;
}

class SpanJsonWriter {
  readonly #keyValues = new KeyValueWriter();
  // Spans of one process usually share its object; equal ones that do not are found by their JSON text.
  readonly #idsByObject = new Map<Process, string>();
  readonly #idsByText = new Map<string, string>();

  span(span: Span): string {
    const flags = span.flags === 0 ? "" : `,"flags":${span.flags}`;
    return (
      `{"traceID":"${formatTraceId(span.traceId)}","spanID":"${span.spanId}"${flags}` +
      `,"operationName":${goJsonString(span.operationName)},"references":${references(span)}` +
      `,"startTime":${jsonMicroseconds(span.startTimeNs)},"duration":${jsonMicroseconds(span.durationNs)}` +
      `,"tags":${this.#keyValues.list(span.tags)},"logs":${this.#logs(span)}` +
      `,"processID":"${this.#processId(span.process)}","warnings":${warnings(span)}}`
    );
  }

  /** The object of all processes met so far; their keys in alphabetical order, as Go writes maps. */
  processes(): string {
    const entries = [...this.#idsByText].map(([text, id]) => `"${id}":${text}`);
    return `{${entries.sort().join(",")}}`;
  }

  #processId(process: Process): string {
    const known = this.#idsByObject.get(process);
    if (known !== undefined) return known;
    const text = `{"serviceName":${goJsonString(process.serviceName)},"tags":${this.#keyValues.list(process.tags)}}`;
    let id = this.#idsByText.get(text);
    if (id === undefined) {
      id = `p${this.#idsByText.size + 1}`;
      this.#idsByText.set(text, id);
    }
    this.#idsByObject.set(process, id);
    return id;
  }

  #logs(span: Span): string {
    if (span.logs.length === 0) return "[]";
    const logs = span.logs.map(
      (log) => `{"timestamp":${jsonMicroseconds(log.timestampNs)},"fields":${this.#keyValues.list(log.fields)}}`,
    );
    return `[${logs.join(",")}]`;
  }
}

function references(span: Span): string {
  if (span.references.length === 0) return "[]";
  const items = span.references.map(
    (reference) =>
      `{"refType":"${reference.type}","traceID":"${formatTraceId(reference.traceId)}","spanID":"${reference.spanId}"}`,
  );
  return `[${items.join(",")}]`;
}

function warnings(span: Span): string {
  return span.warnings.length === 0 ? "null" : `[${span.warnings.map(goJsonString).join(",")}]`;
}

import { WireWriter } from "@spoor/span-wire";
import { type AttributeValue, writeAttribute } from "./attributes.ts";

export type ResourceAttributes = readonly (readonly [key: string, value: AttributeValue])[];

interface Group {
  readonly resource: ResourceAttributes;
  /** Ranges of span fields by scope name and version. */
  readonly scopes: Map<string, { readonly name: string; readonly version: string; readonly ranges: number[] }>;
}

/**
 * Builds an OTLP request out of spans that come one by one, each with its own resource: spans are written behind each other and
 * brought together by resource and scope at the end.
 */
export class RequestBuilder {
  /** Where a span's fields are written between {@link beginSpan} and {@link endSpan}. */
  readonly span: WireWriter;
  readonly #groups = new Map<string, Group>();
  #mark = 0;
  #start = 0;

  constructor(capacity: number) {
    this.span = new WireWriter(capacity);
  }

  beginSpan(): void {
    this.#start = this.span.position;
    // `spans` is field 2 of ScopeSpans.
    this.#mark = this.span.begin(2);
  }

  /** `key` is the same for equal resources; `resource` is called for the first span of a key. */
  endSpan(key: string, resource: () => ResourceAttributes, scopeName: string = "", scopeVersion: string = ""): void {
    this.span.end(this.#mark);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { resource: resource(), scopes: new Map() };
      this.#groups.set(key, group);
    }
    const scopeKey = scopeName === "" && scopeVersion === "" ? "" : `${scopeName}\0${scopeVersion}`;
    let scope = group.scopes.get(scopeKey);
    if (scope === undefined) {
      scope = { name: scopeName, version: scopeVersion, ranges: [] };
      group.scopes.set(scopeKey, scope);
    }
    const { ranges } = scope;
    // Spans of one scope that stand behind each other are one range.
    if (ranges.length > 0 && ranges[ranges.length - 1] === this.#start) ranges[ranges.length - 1] = this.span.position;
    else ranges.push(this.#start, this.span.position);
  }

  /** The request: `resource_spans=1{ resource=1 scope_spans=2{ scope=1 spans=2 } }`. */
  finish(): Uint8Array {
    const out = new WireWriter(this.span.position + 256);
    const { buffer } = this.span;
    for (const { resource, scopes } of this.#groups.values()) {
      const group = out.begin(1);
      const mark = out.begin(1);
      for (const [key, value] of resource) writeAttribute(out, 1, key, value);
      out.end(mark);
      for (const { name, version, ranges } of scopes.values()) {
        const scopeSpans = out.begin(2);
        if (name !== "" || version !== "") {
          const scope = out.begin(1);
          if (name !== "") out.stringField(1, name);
          if (version !== "") out.stringField(2, version);
          out.end(scope);
        }
        for (let i = 0; i < ranges.length; i += 2) out.raw(buffer, ranges[i] as number, ranges[i + 1] as number);
        out.end(scopeSpans);
      }
      out.end(group);
    }
    return new Uint8Array(out.buffer.buffer, out.buffer.byteOffset, out.position);
  }
}

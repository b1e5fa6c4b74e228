import type { Process, Span } from "@spoor/span-model";
import { encodeProcess } from "@spoor/span-wire";
import type { OtlpAttribute } from "./attributes.ts";
import { type OtlpSpan, resourceAttributes, type Scope, takeScope, toOtlpSpan } from "./model.ts";

export interface OtlpResourceSpans {
  readonly attributes: readonly OtlpAttribute[];
  readonly scopes: readonly OtlpScopeSpans[];
}

export interface OtlpScopeSpans {
  readonly scope: Scope;
  readonly spans: readonly OtlpSpan[];
}

interface Group {
  readonly attributes: readonly OtlpAttribute[];
  readonly scopes: Map<string, { scope: Scope; spans: OtlpSpan[] }>;
}

/** OTLP spans by equal process and, within, by scope; all in the order of first appearance. */
export function groupSpans(spans: readonly Span[]): readonly OtlpResourceSpans[] {
  const groups = new Groups();
  for (const span of spans) {
    const { scope, tags } = takeScope(span.tags);
    const scopes = groups.of(span.process).scopes;
    const key = `${scope.name}\0${scope.version}`;
    let scopeSpans = scopes.get(key);
    if (scopeSpans === undefined) {
      scopeSpans = { scope, spans: [] };
      scopes.set(key, scopeSpans);
    }
    scopeSpans.spans.push(toOtlpSpan(span, tags));
  }
  return groups.list();
}

class Groups {
  readonly #byProcess = new Map<Process, Group>();
  readonly #byBytes = new Map<string, Group>();

  of(process: Process): Group {
    let group = this.#byProcess.get(process);
    if (group !== undefined) return group;
    const key = Buffer.from(encodeProcess(process).bytes).toString("latin1");
    group = this.#byBytes.get(key);
    if (group === undefined) {
      group = { attributes: resourceAttributes(process), scopes: new Map() };
      this.#byBytes.set(key, group);
    }
    this.#byProcess.set(process, group);
    return group;
  }

  list(): readonly OtlpResourceSpans[] {
    return Array.from(this.#byBytes.values(), ({ attributes, scopes }) => ({
      attributes,
      scopes: [...scopes.values()],
    }));
  }
}

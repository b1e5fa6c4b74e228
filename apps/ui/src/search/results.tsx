import { useMemo, useState } from "preact/hooks";
import { Empty } from "../components/notice.tsx";
import { embed } from "../embed.ts";
import { formatDuration } from "../format/duration.ts";
import { serviceColour } from "../format/service-colour.ts";
import { formatBytes, formatCount, plural } from "../format/text.ts";
import { formatAge, formatTime } from "../format/time.ts";
import { navigate, replaceParams } from "../router.ts";
import { dark, zone } from "../settings.ts";
import type { SearchResult } from "../trace-data/protocol.ts";
import type { TraceSummary } from "../trace-data/summary.ts";
import { describeSearch } from "./recent.ts";
import { Scatter } from "./scatter.tsx";
import { type Brush, inBrush } from "./scatter-scale.ts";
import { type SearchQuery, writeSearchQuery } from "./search-params.ts";
import { SORTS, type Sort, sortTraces } from "./sort.ts";

/** Chips offered to a line; those that do not fit wrap out of sight. */
const CHIPS = 8;

/** What a search found: how complete it is, the plot, and the list. */
export function Results(props: { readonly query: SearchQuery; readonly result: SearchResult; readonly sort: Sort }) {
  const { query, result, sort } = props;
  const [brush, setBrush] = useState<Brush>();
  const sorted = useMemo(() => sortTraces(result.traces, sort), [result, sort]);
  const shown = brush === undefined ? sorted : sorted.filter((trace) => inBrush(brush, trace));
  const longestUs = Math.max(1, ...result.traces.map((trace) => trace.durationUs));
  const isCut = query.traceIds.length === 0 && result.traces.length >= query.limit;

  return (
    <>
      <div class="result-line">
        <h1>{plural(result.traces.length, "trace")}</h1>
        <p class="muted">
          {query.traceIds.length > 0 ? `${plural(query.traceIds.length, "trace id")}` : query.service}
          {query.traceIds.length === 0 && describeSearch(query).map((part) => ` · ${part}`)}
          {` · ${formatBytes(result.bytes)}`}
        </p>
        {isCut && <p class="badge">The limit is reached: there may be more</p>}
        {result.traces.length > 1 && (
          <label class="sort">
            <span>Sort</span>
            <select value={sort} onChange={(event) => replaceParams({ sort: event.currentTarget.value })}>
              {SORTS.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {result.problems.length > 0 && (
        <div class="problems" role="alert">
          The answer is not complete:
          <ul>
            {result.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
      {result.traces.length === 0 ? (
        <NoTraces query={query} />
      ) : (
        <>
          {!embed.hideGraph && <Scatter traces={result.traces} brush={brush} onBrush={setBrush} />}
          {brush !== undefined && (
            <p class="brush-line">
              {shown.length} of {result.traces.length} in the marked area
              <button type="button" class="text-button" onClick={() => setBrush(undefined)}>
                Show all
              </button>
              <button type="button" class="text-button" onClick={() => searchWithin(query, brush, sort)}>
                Search this area
              </button>
            </p>
          )}
          <TraceList traces={shown} longestUs={longestUs} sort={sort} />
        </>
      )}
    </>
  );
}

/** Turns the marked area into a search of its own: there may be traces that the limit kept out. */
function searchWithin(query: SearchQuery, brush: Brush, sort: Sort): void {
  const params = writeSearchQuery({
    ...query,
    lookback: "custom",
    startUs: Math.floor(brush.fromUs),
    endUs: Math.ceil(brush.toUs),
    minDuration: `${Math.floor(brush.minDurationUs)}us`,
    maxDuration: `${Math.ceil(brush.maxDurationUs)}us`,
  });
  params.set("sort", sort);
  navigate(`search?${params}`);
}

function NoTraces({ query }: { readonly query: SearchQuery }) {
  return (
    <Empty title="No traces found">
      <p>
        {query.traceIds.length > 0
          ? "None of these trace ids is stored. They may be older than the storage keeps them."
          : "Try a longer time range, fewer tags, or another operation. Spans show up here a moment after they were sent."}
      </p>
    </Empty>
  );
}

function TraceList(props: {
  readonly traces: readonly TraceSummary[];
  readonly longestUs: number;
  readonly sort: Sort;
}) {
  const nowUs = Date.now() * 1000;
  const head = (label: string, first: Sort, second: Sort | undefined, className: string) => {
    const active = props.sort === first || props.sort === second;
    const next = props.sort === first && second !== undefined ? second : first;
    return (
      <button
        type="button"
        class={`${className} ${active ? "active" : ""}`}
        onClick={() => replaceParams({ sort: next })}
      >
        {label}
        {active && <span aria-hidden="true">{props.sort === second ? " ↑" : " ↓"}</span>}
      </button>
    );
  };
  return (
    <div class="trace-list">
      <div class="trace-list-head">
        <span class="cell-name">Trace</span>
        <span class="cell-services">Services</span>
        {head("Duration", "longest", "shortest", "cell-duration")}
        {head("Spans", "most-spans", "least-spans", "cell-spans")}
        {head("Errors", "most-errors", undefined, "cell-errors")}
        {head("Start", "recent", undefined, "cell-age")}
      </div>
      <ol>
        {props.traces.map((trace) => (
          <TraceLine key={trace.traceId} trace={trace} longestUs={props.longestUs} nowUs={nowUs} />
        ))}
      </ol>
    </div>
  );
}

function TraceLine({
  trace,
  longestUs,
  nowUs,
}: {
  readonly trace: TraceSummary;
  readonly longestUs: number;
  readonly nowUs: number;
}) {
  const chips = trace.services.slice(0, CHIPS);
  const share = Math.max(0.5, (100 * trace.durationUs) / longestUs);
  const name = `${trace.rootService} ${trace.rootOperation}`;
  return (
    <li>
      <a class="trace-line" href={`trace/${encodeURIComponent(trace.traceId)}`}>
        <span class="cell-name" title={`${name}\n${trace.traceId}`}>
          <span class="swatch" style={{ background: serviceColour(trace.rootService, dark.value) }} />
          <strong>{trace.rootService === "" ? "(no service)" : trace.rootService}</strong>
          <span class="operation">{trace.rootOperation}</span>
          {trace.missingParents > 0 && (
            <span class="badge" title={`${plural(trace.missingParents, "span")} with a parent that is not stored`}>
              incomplete
            </span>
          )}
        </span>
        <span class="cell-services" title={trace.services.map((s) => `${s.name} (${s.spans})`).join("\n")}>
          <span class="service-count muted">{trace.services.length}</span>
          {chips.map((service) => (
            <span key={service.name} class={`chip ${service.errors > 0 ? "failed" : ""}`}>
              <span class="swatch" style={{ background: serviceColour(service.name, dark.value) }} />
              <span class="chip-name">{service.name}</span> {formatCount(service.spans)}
            </span>
          ))}
        </span>
        <span class="cell-duration">
          <span class="duration-bar" style={{ width: `${share}%` }} />
          <span>{formatDuration(trace.durationUs)}</span>
        </span>
        <span class="cell-spans" data-unit={trace.spanCount === 1 ? "span" : "spans"}>
          {formatCount(trace.spanCount)}
        </span>
        <span
          class={`cell-errors ${trace.errorCount > 0 ? "error-text" : "muted"}`}
          data-unit={trace.errorCount === 1 ? "error" : "errors"}
        >
          {trace.errorCount > 0 ? formatCount(trace.errorCount) : "–"}
        </span>
        <span class="cell-age muted" title={formatTime(trace.startUs, zone.value)}>
          {formatAge(trace.startUs, nowUs)}
        </span>
      </a>
    </li>
  );
}

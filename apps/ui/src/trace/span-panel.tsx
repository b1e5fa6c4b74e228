import { useEffect, useState } from "preact/hooks";
import { CopyButton } from "../components/copy-button.tsx";
import { followPointer } from "../components/drag.ts";
import { Icon } from "../components/icon.tsx";
import { formatDuration } from "../format/duration.ts";
import { serviceColour } from "../format/service-colour.ts";
import { plural } from "../format/text.ts";
import { formatTime } from "../format/time.ts";
import { dark, panelWidth, zone } from "../settings.ts";
import { FLAG_ERROR, FLAG_FOLLOWS, FLAG_PARENT_MISSING } from "../trace-data/columns.ts";
import type { SpanDetail } from "../trace-data/span-detail.ts";
import { SPAN_KINDS } from "../trace-data/trace-json.ts";
import { Attributes } from "./attributes.tsx";
import type { TraceView } from "./trace-view.ts";

/** Everything about the active span, beside the waterfall. */
export function SpanPanel({ view }: { readonly view: TraceView }) {
  const row = view.active.value;
  const detail = view.detail.value;
  const [filter, setFilter] = useState("");
  const [failure, setFailure] = useState("");
  useEffect(() => {
    setFailure("");
    view.loadDetail(row).catch((error: unknown) => setFailure(error instanceof Error ? error.message : String(error)));
  }, [view, row]);
  const width = Math.min(900, Math.max(280, panelWidth.value));
  return (
    <aside class="span-panel" aria-label="Span" style={{ "--panel-width": `${width}px` }}>
      <PanelSplitter width={width} />
      <div class="span-panel-scroll">
        {failure !== "" && <p class="error-text">{failure}</p>}
        {/* The details of the span before stay until those of the new one are here: nothing flickers. */}
        {detail !== undefined && <Detail view={view} detail={detail} filter={filter} onFilter={setFilter} />}
      </div>
    </aside>
  );
}

function Detail(props: {
  readonly view: TraceView;
  readonly detail: SpanDetail;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}) {
  const { view, detail, filter } = props;
  const { columns } = view;
  const { row } = detail;
  const flags = columns.flags[row] ?? 0;
  const start = columns.start[row] ?? 0;
  const kind = SPAN_KINDS[columns.kind[row] ?? 0] ?? "";
  const statusText = detail.tags.find((tag) => tag.key === "otel.status_description")?.value;
  return (
    <>
      <header>
        <div>
          <h2>{detail.operation === "" ? "(no name)" : detail.operation}</h2>
          <p>
            <span class="swatch" style={{ background: serviceColour(detail.service, dark.value) }} /> {detail.service}
            {kind !== "" && <span class="muted"> · {kind}</span>}
            {(flags & FLAG_ERROR) !== 0 && (
              <span class="error-text"> · error{statusText !== undefined && `: ${statusText}`}</span>
            )}
          </p>
        </div>
        <button
          type="button"
          class="icon-button"
          title="Close (Esc)"
          aria-label="Close"
          onClick={() => {
            view.panelOpen.value = false;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      <dl class="facts">
        <div>
          <dt>Duration</dt>
          <dd>{formatDuration(columns.duration[row] ?? 0)}</dd>
        </div>
        <div>
          <dt>Self time</dt>
          <dd>{formatDuration(columns.selfTime[row] ?? 0)}</dd>
        </div>
        <div>
          <dt>Starts at</dt>
          <dd title={formatTime(columns.startUs + start, zone.value)}>{formatDuration(start)}</dd>
        </div>
        <div>
          <dt>Children</dt>
          <dd>{columns.childCount[row] ?? 0}</dd>
        </div>
        <div class="wide">
          <dt>Span id</dt>
          <dd>
            <code>{detail.spanId}</code>
            <CopyButton text={detail.spanId} what="span id" />
          </dd>
        </div>
        <div class="wide">
          <dt>Start</dt>
          <dd>{formatTime(columns.startUs + start, zone.value)}</dd>
        </div>
      </dl>
      {detail.warnings.length > 0 && (
        <section class="warnings">
          <h3>Warnings</h3>
          {detail.warnings.map((warning) => (
            <p key={warning}>{warning}</p>
          ))}
        </section>
      )}
      {(flags & FLAG_PARENT_MISSING) !== 0 && (
        <section class="warnings">
          <p>The parent of this span is not in this trace: it has not arrived, was not sampled, or was dropped.</p>
        </section>
      )}
      <input
        type="text"
        class="panel-filter"
        placeholder="Filter attributes"
        aria-label="Filter attributes"
        value={filter}
        onInput={(event) => props.onFilter(event.currentTarget.value)}
      />
      <section>
        <h3>Attributes · {detail.tags.length}</h3>
        <Attributes list={detail.tags} filter={filter} />
      </section>
      {detail.events.length > 0 && (
        <section>
          <h3>{plural(detail.events.length, "event")}</h3>
          {detail.events.map((event, index) => (
            <Event
              key={`${index} ${event.time}`}
              event={event}
              spanStart={start}
              traceStartUs={columns.startUs}
              filter={filter}
            />
          ))}
        </section>
      )}
      <section>
        <h3>Process · {detail.process.length}</h3>
        <Attributes list={detail.process} filter={filter} />
      </section>
      {detail.references.length > 0 && (
        <section>
          <h3>References</h3>
          <ul class="references">
            {detail.references.map((reference) => (
              <li key={`${reference.traceId} ${reference.spanId} ${reference.type}`}>
                <span class="muted">{reference.type.toLowerCase().replace("_", " ")}</span>{" "}
                <Reference view={view} reference={reference} />
              </li>
            ))}
          </ul>
          {(flags & FLAG_FOLLOWS) !== 0 && <p class="muted">Its parent does not wait for it.</p>}
        </section>
      )}
    </>
  );
}

function Reference({
  view,
  reference,
}: {
  readonly view: TraceView;
  readonly reference: SpanDetail["references"][number];
}) {
  const { columns } = view;
  const { row } = reference;
  if (row >= 0) {
    return (
      <button type="button" class="text-button" onClick={() => view.show(row)}>
        {columns.services[columns.service[row] ?? 0]} · {columns.operations[columns.operation[row] ?? 0]}
      </button>
    );
  }
  if (reference.isSameTrace) return <code>{reference.spanId} (not in this trace)</code>;
  return (
    <a href={`trace/${encodeURIComponent(reference.traceId)}?span=${encodeURIComponent(reference.spanId)}`}>
      another trace: {reference.traceId}
    </a>
  );
}

function Event(props: {
  readonly event: SpanDetail["events"][number];
  readonly spanStart: number;
  readonly traceStartUs: number;
  readonly filter: string;
}) {
  const { event } = props;
  const name = event.fields.find((field) => field.key === "event" || field.key === "message")?.value ?? "event";
  const rest = event.fields.filter((field) => !(field.key === "event" && field.value === name));
  const isException = event.fields.some((field) => field.key.startsWith("exception.") || field.key === "error.kind");
  return (
    <details class={`event ${isException ? "exception" : ""}`} open>
      <summary>
        <span class="event-time" title={formatTime(props.traceStartUs + event.time, zone.value)}>
          +{formatDuration(event.time - props.spanStart)}
        </span>{" "}
        <strong>{name}</strong>
      </summary>
      {rest.length > 0 && <Attributes list={rest} filter={props.filter} />}
    </details>
  );
}

function PanelSplitter({ width }: { readonly width: number }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      class="panel-splitter"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuenow={width}
      aria-valuemin={280}
      aria-valuemax={900}
      onPointerDown={(event) => {
        event.preventDefault();
        followPointer(event, {
          move: (moved) => {
            panelWidth.value = Math.round(Math.min(900, Math.max(280, width + event.clientX - moved.clientX)));
          },
        });
      }}
      onKeyDown={(event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        panelWidth.value = Math.min(900, Math.max(280, width + (event.key === "ArrowLeft" ? 20 : -20)));
      }}
    />
  );
}

import { useState } from "preact/hooks";
import { CopyButton } from "../components/copy-button.tsx";
import { Icon } from "../components/icon.tsx";
import type { ServerConfig } from "../config.ts";
import { embed } from "../embed.ts";
import { formatDuration } from "../format/duration.ts";
import { serviceColour } from "../format/service-colour.ts";
import { formatCount } from "../format/text.ts";
import { formatTime } from "../format/time.ts";
import { apiUrl } from "../router.ts";
import { dark, zone } from "../settings.ts";
import { FindBox } from "./find-box.tsx";
import type { TraceView } from "./trace-view.ts";

/** What trace this is, how large, and what can be done with it. */
export function TraceHeader({ view, config }: { readonly view: TraceView; readonly config: ServerConfig }) {
  const { columns } = view;
  const service = columns.services[columns.service[0] ?? 0] ?? "";
  const operation = columns.operations[columns.operation[0] ?? 0] ?? "";
  const fact = (label: string, value: string, className = "") => (
    <div class={className}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
  const id = encodeURIComponent(columns.traceId);
  return (
    <header class="trace-header">
      <div class="trace-title">
        <span class="swatch" style={{ background: serviceColour(service, dark.value) }} />
        <h1 title={`${service} · ${operation}`}>
          {service === "" ? "(no service)" : service} <span class="operation">{operation}</span>
        </h1>
        <code title={columns.traceId}>{columns.traceId.slice(0, 7)}</code>
        <CopyButton text={columns.traceId} what="trace id" />
      </div>
      {!embed.hideSummary && (
        <dl class="trace-facts">
          {fact("Start", formatTime(columns.startUs, zone.value), "fact-start")}
          {fact("Duration", formatDuration(columns.durationUs))}
          {fact("Services", formatCount(columns.services.length))}
          {fact("Depth", formatCount(columns.maxDepth))}
          {fact("Spans", formatCount(columns.spanCount))}
          {fact("Errors", formatCount(columns.errorCount), columns.errorCount > 0 ? "error-text" : "")}
          {columns.warningCount > 0 && fact("Warnings", formatCount(columns.warningCount), "warn-text")}
        </dl>
      )}
      <div class="trace-actions">
        <FindBox view={view} />
        {config.archiveStorage && config.ui.archiveEnabled && <ArchiveButton traceId={columns.traceId} />}
        <a
          class="icon-button"
          href={`api/traces/${id}?prettyPrint=true`}
          target="_blank"
          rel="noopener"
          title="The trace as JSON"
        >
          JSON <Icon name="external" size={12} />
        </a>
      </div>
    </header>
  );
}

function ArchiveButton({ traceId }: { readonly traceId: string }) {
  const [state, setState] = useState("");
  const archive = async (): Promise<void> => {
    setState("Archiving");
    try {
      const response = await fetch(apiUrl(`archive/${encodeURIComponent(traceId)}`), { method: "POST" });
      setState(response.ok ? "Archived" : `Not archived (${response.status})`);
    } catch {
      setState("Not archived: no answer");
    }
  };
  return (
    <button type="button" class="icon-button" title="Keep this trace in the archive" onClick={() => void archive()}>
      <Icon name="archive" size={14} /> <span aria-live="polite">{state === "" ? "Archive" : state}</span>
    </button>
  );
}

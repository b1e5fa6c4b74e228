import { useEffect, useRef, useState } from "preact/hooks";
import { Empty, Failure, Loading } from "../components/notice.tsx";
import type { ServerConfig } from "../config.ts";
import { embed } from "../embed.ts";
import { apiUrl, navigate, place, replaceParams } from "../router.ts";
import { messageOf } from "../services.ts";
import { useShortcuts } from "../shortcuts.ts";
import { dataClient } from "../trace-data/client.ts";
import { RequestError } from "../trace-data/fetch-json.ts";
import type { LoadProgress } from "../trace-data/protocol.ts";
import { Minimap } from "./minimap.tsx";
import { nextMatch } from "./rows.ts";
import { SpanPanel } from "./span-panel.tsx";
import { TraceHeader } from "./trace-header.tsx";
import { traceShortcuts } from "./trace-shortcuts.ts";
import { createTraceView, type TraceView } from "./trace-view.ts";
import { writeWindow } from "./viewport.ts";
import { Waterfall } from "./waterfall.tsx";

type TraceState =
  | { readonly state: "loading"; readonly progress?: LoadProgress }
  | { readonly state: "ready"; readonly view: TraceView }
  | { readonly state: "failed"; readonly status: number; readonly message: string };

/** `/trace/:id`. The id is brought to lower case; `uiFind`, `span` and `window` in the address say where to start. */
export function TracePage({ traceId, config }: { readonly traceId: string; readonly config: ServerConfig }) {
  const id = traceId.toLowerCase();
  const [attempt, setAttempt] = useState(0);
  const state = useTrace(id, attempt);
  useEffect(() => {
    if (id === traceId) return;
    const query = place.peek().params.toString();
    navigate(`trace/${encodeURIComponent(id)}${query === "" ? "" : `?${query}`}`, { replace: true });
  }, [id, traceId]);
  useEffect(() => {
    document.title = `Trace ${id.slice(0, 7)} · Spoor`;
  }, [id]);

  if (state.state === "loading") return <Loading what={`trace ${id.slice(0, 7)}`} progress={state.progress} />;
  if (state.state === "failed") {
    const retry = (): void => setAttempt((n) => n + 1);
    return state.status === 404 ? (
      <Failure title="This trace is not stored" message={`Trace id ${id}`} onRetry={retry}>
        <p>
          It may not have arrived yet, was not sampled, or is older than the storage keeps it. Check the id, or{" "}
          <a href="search">search</a> by service.
        </p>
      </Failure>
    ) : (
      <Failure title="The trace cannot be shown" message={state.message} onRetry={retry} />
    );
  }
  if (state.view.columns.spanCount === 0) return <Empty title="The trace has no spans" />;
  return <OpenTracePage key={id} view={state.view} config={config} />;
}

function useTrace(id: string, attempt: number): TraceState {
  const [state, setState] = useState<TraceState>({ state: "loading" });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    let opened: number | undefined;
    setState({ state: "loading" });
    dataClient
      .openTrace(apiUrl(`traces/${encodeURIComponent(id)}`), {
        signal,
        onProgress: (progress) => setState({ state: "loading", progress }),
      })
      .then(
        ({ handle, columns }) => {
          opened = handle;
          setState({ state: "ready", view: createTraceView(columns, handle, place.peek().params) });
        },
        (error: unknown) => {
          if (signal.aborted) return;
          const status = error instanceof RequestError ? error.status : 0;
          setState({ state: "failed", status, message: messageOf(error) });
        },
      );
    return () => {
      controller.abort();
      // A worker that is gone has let go of the trace already.
      if (opened !== undefined) dataClient.call("release", { trace: opened }).catch(() => undefined);
    };
  }, [id, attempt]);
  return state;
}

function OpenTracePage({ view, config }: { readonly view: TraceView; readonly config: ServerConfig }) {
  const body = useRef<HTMLDivElement>(null);
  useShortcuts(() => traceShortcuts(view, () => body.current?.querySelector(".waterfall") ?? null), [view]);
  useAddress(view);
  useEffect(() => {
    const { columns } = view;
    const service = columns.services[columns.service[0] ?? 0];
    const operation = columns.operations[columns.operation[0] ?? 0];
    document.title = `${service} · ${operation} · Spoor`;
    const uiFind = place.peek().params.get("uiFind");
    if (uiFind === null || uiFind === "") return;
    void view.find(uiFind).then(() => {
      const mask = view.matches.peek();
      // A span that the address names keeps the place; else the first match is shown.
      if (mask !== undefined && view.active.peek() < 0) view.show(nextMatch(mask, -1, 1));
    });
  }, [view]);

  return (
    <main class="trace-page">
      <TraceHeader view={view} config={config} />
      {embed.hideMinimap ? <div /> : <Minimap view={view} />}
      <div ref={body} class="trace-body">
        <Waterfall view={view} showCritical={config.ui.criticalPathEnabled} />
        {view.panelOpen.value && view.active.value >= 0 && <SpanPanel view={view} />}
      </div>
    </main>
  );
}

/** Keeps the address in step with what is shown, a moment after it last changed. */
function useAddress(view: TraceView): void {
  const span = view.panelOpen.value && view.active.value >= 0 ? view.columns.spanId[view.active.value] : undefined;
  const uiFind = view.findText.value;
  const window = writeWindow(view.window.value, view.columns.durationUs);
  const isFirst = useRef(true);
  useEffect(() => {
    // The first state came from the address; a find in it may still be running.
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    const timer = setTimeout(() => replaceParams({ span, uiFind, window }), 200);
    return () => clearTimeout(timer);
  }, [span, uiFind, window]);
}

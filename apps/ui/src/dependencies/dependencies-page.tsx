import { useEffect, useMemo, useState } from "preact/hooks";
import { Combobox } from "../components/combobox.tsx";
import { Empty, Failure, Loading } from "../components/notice.tsx";
import type { ServerConfig } from "../config.ts";
import { plural } from "../format/text.ts";
import { apiUrl, place, replaceParams } from "../router.ts";
import { LOOKBACKS, lookbackUs } from "../search/lookback.ts";
import { type Loadable, messageOf } from "../services.ts";
import { fetchEnvelope } from "../trace-data/fetch-json.ts";
import { Graph } from "./graph.tsx";
import { cleanLinks, type DependencyLink, neighbourhood, servicesOf } from "./links.ts";
import { LinksTable } from "./links-table.tsx";

const DEFAULT_LOOKBACK = "7d";
const STEPS = ["1", "2", "all"] as const;

/** `/dependencies`: who calls whom, as a graph or a table. */
export function DependenciesPage({ config }: { readonly config: ServerConfig }) {
  const { params } = place.value;
  const lookbackParam = params.get("lookback") ?? "";
  const lookback = lookbackUs(lookbackParam) === undefined ? DEFAULT_LOOKBACK : lookbackParam;
  const service = params.get("service") ?? "";
  const steps = STEPS.find((value) => value === params.get("steps")) ?? "1";
  const [text, setText] = useState(service);
  const [attempt, setAttempt] = useState(0);
  const links = useDependencies(lookback, attempt);
  const all = links.state === "ready" ? links.value : [];
  const shown = useMemo(
    () => neighbourhood(all, service, steps === "all" ? Number.POSITIVE_INFINITY : Number(steps)),
    [all, service, steps],
  );
  const shownServices = servicesOf(shown).length;
  const isTooLarge = shownServices > config.ui.dagMaxServices;
  const isTable = params.get("view") === "table" || (isTooLarge && params.get("view") !== "graph");
  useEffect(() => setText(service), [service]);
  useEffect(() => {
    document.title = "Architecture · Spoor";
  }, []);

  return (
    <main class="dependencies-page">
      <header>
        <h1>Architecture</h1>
        {links.state === "ready" && (
          <p class="muted">
            {plural(shownServices, "service")}, {plural(shown.length, "link")}
          </p>
        )}
        <div class="dependencies-controls">
          <div class="control">
            <span aria-hidden="true">Around</span>
            <Combobox
              label="Service to show with its neighbours"
              placeholder="all services"
              value={text}
              options={servicesOf(all)}
              onInput={(value) => {
                setText(value);
                if (value === "") replaceParams({ service: "" });
              }}
              onCommit={(value) => replaceParams({ service: value.trim() })}
            />
          </div>
          {service !== "" && (
            <label>
              <span>Steps</span>
              <select value={steps} onChange={(event) => replaceParams({ steps: event.currentTarget.value })}>
                {STEPS.map((value) => (
                  <option key={value}>{value}</option>
                ))}
              </select>
            </label>
          )}
          <label>
            <span>Time range</span>
            <select value={lookback} onChange={(event) => replaceParams({ lookback: event.currentTarget.value })}>
              {LOOKBACKS.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>View</span>
            <select
              value={isTable ? "table" : "graph"}
              onChange={(event) => replaceParams({ view: event.currentTarget.value })}
            >
              <option value="graph">Graph</option>
              <option value="table">Table</option>
            </select>
          </label>
        </div>
      </header>
      {links.state === "loading" && <Loading what="dependencies" />}
      {links.state === "failed" && (
        <Failure
          title="The dependencies cannot be loaded"
          message={links.message}
          onRetry={() => setAttempt((n) => n + 1)}
        />
      )}
      {links.state === "ready" && shown.length === 0 && (
        <Empty title="No service dependencies found">
          <p>
            {service !== "" && all.length > 0
              ? `Nothing calls ${service} or is called by it in this time.`
              : "They appear when one service's span has a parent in another service. Try a longer time range."}
          </p>
        </Empty>
      )}
      {shown.length > 0 && isTooLarge && isTable && (
        <p class="muted dependencies-note">
          A graph of more than {config.ui.dagMaxServices} services is hard to read: choose a service, or the graph view.
        </p>
      )}
      {shown.length > 0 &&
        (isTable ? (
          <LinksTable links={shown} />
        ) : (
          <Graph links={shown} chosen={params.get("chosen") ?? ""} onChoose={(chosen) => replaceParams({ chosen })} />
        ))}
    </main>
  );
}

function useDependencies(lookback: string, attempt: number): Loadable<readonly DependencyLink[]> {
  const [state, setState] = useState<Loadable<readonly DependencyLink[]>>({ state: "loading" });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const query = new URLSearchParams({
      endTs: String(Date.now()),
      lookback: String((lookbackUs(lookback) ?? 0) / 1000),
    });
    setState({ state: "loading" });
    fetchEnvelope<Partial<DependencyLink>[]>(apiUrl(`dependencies?${query}`), { signal }).then(
      ({ data }) => setState({ state: "ready", value: cleanLinks(data ?? []) }),
      (error: unknown) => {
        if (!signal.aborted) setState({ state: "failed", message: messageOf(error) });
      },
    );
    return () => controller.abort();
  }, [lookback, attempt]);
  return state;
}

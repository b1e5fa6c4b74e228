import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../components/icon.tsx";
import { Empty, Failure, Loading } from "../components/notice.tsx";
import type { ServerConfig } from "../config.ts";
import { serviceColour } from "../format/service-colour.ts";
import { apiUrl, navigate, place, rememberedScroll, wasReturn } from "../router.ts";
import { loadServices, messageOf, services } from "../services.ts";
import { dark, formOpen, recentSearches } from "../settings.ts";
import { dataClient } from "../trace-data/client.ts";
import type { LoadProgress, SearchResult } from "../trace-data/protocol.ts";
import { describeSearch, lastSearch, rememberSearch } from "./recent.ts";
import { Results } from "./results.tsx";
import { SearchForm } from "./search-form.tsx";
import { fixRange, isRunnable, readSearchQuery, type SearchQuery, writeSearchQuery } from "./search-params.ts";
import { isSort } from "./sort.ts";

type SearchState =
  | { readonly state: "idle" }
  | { readonly state: "loading"; readonly progress?: LoadProgress }
  | { readonly state: "ready"; readonly query: SearchQuery; readonly result: SearchResult }
  | { readonly state: "failed"; readonly message: string };

/** `/search`: the form, and what the address asks for. */
export function SearchPage({ config }: { readonly config: ServerConfig }) {
  const params = new URLSearchParams(place.value.params);
  const sortParam = params.get("sort");
  const sort = isSort(sortParam) ? sortParam : "recent";
  params.delete("sort");
  const text = params.toString();
  const query = useMemo(() => {
    const read = readSearchQuery(new URLSearchParams(text));
    return read.service === "" && read.traceIds.length === 0 ? { ...read, ...lastSearch() } : read;
  }, [text]);
  const [attempt, setAttempt] = useState(0);
  const state = useSearch(text, attempt);
  useEffect(() => {
    document.title = query.service === "" ? "Search · Spoor" : `${query.service} · Spoor`;
    void loadServices();
  }, [query.service]);

  const run = (wanted: SearchQuery): void => {
    const next = writeSearchQuery(fixRange(wanted, Date.now() * 1000));
    if (sort !== "recent") next.set("sort", sort);
    rememberSearch(next);
    navigate(`search?${next}`);
    setNarrowOpen(false);
    setAttempt((n) => n + 1);
  };

  // On a narrow screen the form stands above the results, so it opens there only when there is nothing to show yet.
  const isNarrow = matchMedia("(max-width: 720px)").matches;
  const [narrowOpen, setNarrowOpen] = useState(!isRunnable(readSearchQuery(new URLSearchParams(text))));
  const isOpen = isNarrow ? narrowOpen : formOpen.value === "open";
  const toggle = (): void => {
    if (isNarrow) setNarrowOpen(!isOpen);
    else formOpen.value = isOpen ? "closed" : "open";
  };
  return (
    <div class={`search-page ${isOpen ? "" : "form-closed"}`}>
      <aside aria-label="Search">
        <header>
          {(isOpen || isNarrow) && <h2>Search</h2>}
          <button
            type="button"
            class="icon-button"
            aria-expanded={isOpen}
            title={isOpen ? "Hide the form" : "Show the form"}
            aria-label={isOpen ? "Hide the form" : "Show the form"}
            onClick={toggle}
          >
            <Icon name="panel" />
          </button>
        </header>
        {isOpen && <SearchForm query={query} config={config.ui} onRun={run} />}
      </aside>
      <main class="results" aria-busy={state.state === "loading"}>
        {state.state === "idle" && <Start onRun={run} />}
        {state.state === "loading" && <Loading what="traces" progress={state.progress} />}
        {state.state === "failed" && (
          <Failure title="The search failed" message={state.message} onRetry={() => setAttempt((n) => n + 1)} />
        )}
        {state.state === "ready" && <Results key={text} query={state.query} result={state.result} sort={sort} />}
      </main>
    </div>
  );
}

/** What was on the screen when the page was left, for who comes back to it. */
let left: { readonly text: string; readonly state: SearchState } | undefined;

/**
 * Runs what the address asks for; a new address or attempt cancels the one before. Who comes back with the browser's
 * button finds the same results at the same place, without asking the server again.
 */
function useSearch(text: string, attempt: number): SearchState {
  const returned = useRef(wasReturn() && left?.text === text ? left : undefined);
  const [state, setState] = useState<SearchState>(returned.current?.state ?? { state: "idle" });
  if (state.state === "ready") left = { text, state };
  useLayoutEffect(() => {
    if (returned.current !== undefined) scrollTo(0, rememberedScroll());
  }, []);
  useEffect(() => {
    if (returned.current !== undefined) {
      returned.current = undefined;
      return;
    }
    const asked = readSearchQuery(new URLSearchParams(text));
    if (!isRunnable(asked)) {
      setState({ state: "idle" });
      return;
    }
    const hasRange = asked.startUs !== undefined && asked.endUs !== undefined;
    const query = hasRange ? asked : fixRange(asked, Date.now() * 1000);
    const controller = new AbortController();
    const { signal } = controller;
    setState({ state: "loading" });
    dataClient
      .call(
        "search",
        { url: apiUrl(`traces?${writeSearchQuery(query)}`) },
        {
          signal,
          onProgress: (progress) => setState({ state: "loading", progress }),
        },
      )
      .then(
        (result) => setState({ state: "ready", query, result }),
        (error: unknown) => {
          if (!signal.aborted) setState({ state: "failed", message: messageOf(error) });
        },
      );
    return () => controller.abort();
  }, [text, attempt]);
  return state;
}

/** Before the first search: what was searched lately, and what there is to search. */
function Start({ onRun }: { readonly onRun: (query: SearchQuery) => void }) {
  const recent = recentSearches.value.map((text) => ({ text, query: readSearchQuery(new URLSearchParams(text)) }));
  const known = services.value;
  return (
    <div class="start">
      {recent.length > 0 && (
        <section>
          <h2>Recent searches</h2>
          <ul class="recent">
            {recent.map(({ text, query }) => (
              <li key={text}>
                <button type="button" onClick={() => onRun(query)}>
                  <span class="swatch" style={{ background: serviceColour(query.service, dark.value) }} />
                  <strong>{query.service}</strong>
                  <span class="muted">{describeSearch(query).join(" · ")}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {known.state === "loading" && <Loading what="services" />}
      {known.state === "failed" && (
        <Failure title="The services cannot be listed" message={known.message} onRetry={() => void loadServices()} />
      )}
      {known.state === "ready" && known.value.length === 0 && (
        <Empty title="No spans have arrived yet">
          <p>
            Point an OpenTelemetry, Jaeger or Zipkin client at this server; its service appears here with the first
            span.
          </p>
          <button type="button" class="button" onClick={() => void loadServices()}>
            Look again
          </button>
        </Empty>
      )}
      {known.state === "ready" && known.value.length > 0 && (
        <section>
          <h2>
            Services <span class="muted">{known.value.length}</span>
          </h2>
          <ul class="service-grid">
            {known.value.map((name) => (
              <li key={name}>
                <a href={`search?${new URLSearchParams({ service: name, lookback: "1h", limit: "20" })}`} title={name}>
                  <span class="swatch" style={{ background: serviceColour(name, dark.value) }} />
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

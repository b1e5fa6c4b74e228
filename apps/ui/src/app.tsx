import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Empty, Failure, Loading } from "./components/notice.tsx";
import type { ServerConfig } from "./config.ts";
import { embed } from "./embed.ts";
import { Frame } from "./frame.tsx";
import { parseRoute, place, type Route } from "./router.ts";
import { SearchPage } from "./search/search-page.tsx";
import { loadServices, messageOf } from "./services.ts";
import { TracePage } from "./trace/trace-page.tsx";

/** The whole page: frame and the page of the current address. */
export function App({ config }: { readonly config: ServerConfig }) {
  const route = parseRoute(place.value.path);
  useEffect(() => {
    void loadServices();
  }, []);
  const page = <Page route={route} config={config} />;
  if (embed.hideFrame) return page;
  return (
    <Frame route={route} config={config}>
      {page}
    </Frame>
  );
}

function Page({ route, config }: { readonly route: Route; readonly config: ServerConfig }) {
  switch (route.page) {
    case "search":
      return <SearchPage config={config} />;
    case "trace":
      return <TracePage traceId={route.traceId} config={config} />;
    case "dependencies":
      return <LazyDependencies config={config} />;
    case "compare":
      return <ComparePlace a={route.a} b={route.b} />;
    default:
      return (
        <Empty title="There is no page at this address">
          <p>
            Go to the <a href="search">search</a>, or look a trace up by its id above.
          </p>
        </Empty>
      );
  }
}

/** Links to v1's comparison lead here: the two traces can be opened one by one. */
function ComparePlace({ a, b }: { readonly a: string; readonly b: string }) {
  return (
    <Empty title="Traces are compared one beside the other, each in its own window">
      {[a, b]
        .filter((id) => id !== "")
        .map((id) => (
          <p key={id}>
            <a href={`trace/${encodeURIComponent(id)}`}>Open trace {id}</a>
          </p>
        ))}
    </Empty>
  );
}

/** The graph's layout is a third of the page's code, so it comes when it is wanted. */
function LazyDependencies({ config }: { readonly config: ServerConfig }) {
  const [page, setPage] = useState<{
    readonly Loaded?: ComponentType<{ config: ServerConfig }>;
    readonly error?: string;
  }>({});
  useEffect(() => {
    import("./dependencies/dependencies-page.tsx").then(
      ({ DependenciesPage }) => setPage({ Loaded: DependenciesPage }),
      (error: unknown) => setPage({ error: messageOf(error) }),
    );
  }, []);
  const { Loaded, error } = page;
  if (error !== undefined) {
    return <Failure title="This page cannot be loaded" message={error} onRetry={() => location.reload()} />;
  }
  return Loaded === undefined ? <Loading what="the page" /> : <Loaded config={config} />;
}

import { signal } from "@preact/signals";

/** Which page an address shows. */
export type Route =
  | { readonly page: "search" }
  | { readonly page: "trace"; readonly traceId: string }
  | { readonly page: "compare"; readonly a: string; readonly b: string }
  | { readonly page: "dependencies" }
  | { readonly page: "unknown"; readonly path: string };

/** Reads a path relative to the base path, without its leading slash. */
export function parseRoute(path: string): Route {
  const clean = path.replace(/\/+$/, "");
  if (clean === "" || clean === "search") return { page: "search" };
  if (clean === "dependencies") return { page: "dependencies" };
  const [, rest] = /^trace\/([^/]+)$/.exec(clean) ?? [];
  if (rest !== undefined) {
    const dots = rest.indexOf("...");
    if (dots !== -1) return { page: "compare", a: rest.slice(0, dots), b: rest.slice(dots + 3) };
    return { page: "trace", traceId: decode(rest) };
  }
  return { page: "unknown", path };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The part of an absolute path below the base path; the base ends with a slash. */
export function belowBase(pathname: string, basePath: string): string {
  if (pathname.startsWith(basePath)) return pathname.slice(basePath.length);
  return pathname === basePath.slice(0, -1) ? "" : pathname.replace(/^\//, "");
}

/** Where the page is: path below the base path, and the query. */
export interface Place {
  readonly path: string;
  readonly params: URLSearchParams;
}

const hasDom = typeof document !== "undefined";
const basePath = (): string => new URL(document.baseURI).pathname.replace(/[^/]*$/, "");
const read = (): Place => ({
  path: belowBase(location.pathname, basePath()),
  params: new URLSearchParams(location.search),
});

let isReturn = false;
/** Whether the current place was reached with the browser's back or forward. */
export const wasReturn = (): boolean => isReturn;

/** How far down the current entry of the history was when it was left. */
export const rememberedScroll = (): number => Number(history.state?.scrollY ?? 0);

/** The current place; changes with navigation, back and forward. */
export const place = signal<Place>(hasDom ? read() : { path: "", params: new URLSearchParams() });

/** Follows the browser's back and forward, and clicks on links of this page. Returns a function that stops it. */
export function startRouter(): () => void {
  const onPop = (): void => {
    isReturn = true;
    place.value = read();
  };
  const onClick = (event: MouseEvent): void => {
    const to = ownLink(event);
    if (to === undefined) return;
    event.preventDefault();
    navigate(to);
  };
  // The pages put their own scroll position back once their content is there.
  history.scrollRestoration = "manual";
  addEventListener("popstate", onPop);
  document.addEventListener("click", onClick);
  return () => {
    removeEventListener("popstate", onPop);
    document.removeEventListener("click", onClick);
  };
}

/** The address of a plain click on a link within the page; downloads, new tabs and the API are left to the browser. */
function ownLink(event: MouseEvent): string | undefined {
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  const anchor = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!isPlain || event.defaultPrevented || !(anchor instanceof HTMLAnchorElement)) return undefined;
  if (anchor.target !== "" || anchor.hasAttribute("download") || anchor.origin !== location.origin) return undefined;
  const below = belowBase(anchor.pathname, basePath());
  return below.startsWith("api/") ? undefined : `${below}${anchor.search}`;
}

/** Goes to an address below the base path (`trace/abc?uiFind=x`), as a new entry of the history or in place of this one. */
export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const url = new URL(to === "" ? "." : to, document.baseURI);
  if (url.href === location.href) return;
  isReturn = false;
  if (replace) history.replaceState(null, "", url);
  else {
    // The entry that is left remembers how far down it was, for who comes back to it.
    history.replaceState({ scrollY }, "");
    history.pushState(null, "", url);
    scrollTo(0, 0);
  }
  place.value = read();
}

/** Changes parameters of the current address in place; undefined or "" removes one. */
export function replaceParams(changes: Readonly<Record<string, string | undefined>>): void {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") params.delete(name);
    else params.set(name, value);
  }
  const query = params.toString();
  navigate(`${place.peek().path}${query === "" ? "" : `?${query}`}`, { replace: true });
}

/** An absolute address of the query API, which the worker can fetch. */
export const apiUrl = (path: string): string => new URL(`api/${path}`, document.baseURI).href;

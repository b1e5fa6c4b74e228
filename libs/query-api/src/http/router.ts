import type { HttpReply } from "./reply.ts";
import type { ApiRequest } from "./request.ts";

export interface Route {
  readonly method: "GET" | "POST";
  /** Segments of the path below the base path; `*` is a variable. */
  readonly path: string;
  /** Which of the API's two forms its errors have. */
  readonly api: "v1" | "v3";
  handle(request: ApiRequest): Promise<HttpReply>;
}

export type RouteMatch =
  | { readonly kind: "route"; readonly route: Route; readonly variables: readonly string[] }
  | { readonly kind: "method-not-allowed" }
  | { readonly kind: "static"; readonly file: string }
  | { readonly kind: "page" };

/**
 * v1's routing: it matches the path as it is escaped, so `%2F` stays within a segment. What no route takes is the page.
 * Another method on a route's path is 405, but below a base path it is the page as well.
 */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly segments: readonly string[] }[];
  readonly #prefix: string;

  /** `basePath` is `/` or `/prefix`. */
  constructor(routes: readonly Route[], basePath: string) {
    this.#routes = routes.map((route) => ({ route, segments: route.path.split("/") }));
    this.#prefix = basePath === "/" ? "" : basePath;
  }

  match(method: string, path: string): RouteMatch {
    if (!path.startsWith(`${this.#prefix}/`)) return { kind: "page" };
    const inner = path.slice(this.#prefix.length);
    const segments = inner.split("/");
    let otherMethod = false;
    for (const entry of this.#routes) {
      const variables = matchSegments(entry.segments, segments);
      if (!variables) continue;
      if (entry.route.method === method) return { kind: "route", route: entry.route, variables };
      otherMethod = true;
    }
    if (otherMethod && this.#prefix === "") return { kind: "method-not-allowed" };
    if (inner.startsWith("/static/")) return { kind: "static", file: inner.slice(1) };
    return { kind: "page" };
  }
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): readonly string[] | undefined {
  if (pattern.length !== segments.length) return undefined;
  const variables: string[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const segment = segments[i] as string;
    if (pattern[i] === "*") {
      if (segment === "") return undefined;
      variables.push(segment);
    } else if (pattern[i] !== segment) return undefined;
  }
  return variables;
}

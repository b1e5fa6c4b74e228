import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { CorsOptions } from "../options.ts";

/** Methods rs/cors allows unless told. */
const METHODS = new Set(["GET", "POST", "HEAD"]);
const DEFAULT_HEADERS = ["accept", "content-type", "x-requested-with"];
const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/**
 * Cross-origin access as v1's receivers have it through rs/cors: every answer varies by origin, a preflight is a 204 whether
 * it allows anything or not.
 */
export function addCors(app: FastifyInstance, options: CorsOptions = { allowedOrigins: [], allowedHeaders: [] }): void {
  const allowsOrigin = originMatcher(options.allowedOrigins);
  const anyOrigin = options.allowedOrigins.includes("*");
  const allowsHeaders = headersMatcher(options.allowedHeaders);

  const allow = (reply: FastifyReply, origin: string): void => {
    reply.header("Access-Control-Allow-Origin", anyOrigin ? "*" : origin);
    reply.header("Access-Control-Allow-Credentials", "true");
  };

  app.addHook("onRequest", (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const { origin, "access-control-request-method": asked } = request.headers;
    if (request.method !== "OPTIONS" || asked === undefined || asked === "") {
      reply.header("Vary", "Origin");
      if (origin !== undefined && allowsOrigin(origin) && METHODS.has(request.method)) allow(reply, origin);
      done();
      return;
    }
    reply.header("Vary", PREFLIGHT_VARY);
    const wanted = request.headers["access-control-request-headers"] ?? "";
    if (origin !== undefined && allowsOrigin(origin) && METHODS.has(asked) && allowsHeaders(wanted)) {
      allow(reply, origin);
      reply.header("Access-Control-Allow-Methods", asked);
      if (wanted !== "") reply.header("Access-Control-Allow-Headers", wanted);
    }
    reply.code(204).send();
  });
}

function originMatcher(allowed: readonly string[]): (origin: string) => boolean {
  const patterns = allowed.map((origin) => {
    const [before = "", after] = origin.toLowerCase().split("*", 2);
    return { before, after };
  });
  return (origin) => {
    const name = origin.toLowerCase();
    return patterns.some(({ before, after }) =>
      after === undefined
        ? name === before
        : name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after),
    );
  };
}

function headersMatcher(allowed: readonly string[]): (wanted: string) => boolean {
  if (allowed.includes("*")) return () => true;
  const names = new Set((allowed.length === 0 ? DEFAULT_HEADERS : allowed).map((name) => name.trim().toLowerCase()));
  names.add("origin");
  return (wanted) =>
    wanted
      .split(",")
      .map((name) => name.trim().toLowerCase())
      .every((name) => name === "" || names.has(name));
}

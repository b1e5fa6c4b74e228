import { pipeline } from "node:stream/promises";
import { getHeapSnapshot } from "node:v8";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type ProfileRequest, ProfilerError } from "./profiler.ts";

export interface PprofOptions {
  readonly program: string;
  /** Takes a profile of this process, or of one of its workers. */
  readonly profile: (request: ProfileRequest, worker: number | undefined, signal: AbortSignal) => Promise<string>;
  /** Heap snapshots hold whatever is in memory, passwords and spans too; without this they are refused. */
  readonly heapSnapshots: boolean;
}

const MAX_SECONDS = 300;
/** Go's. */
const CPU_SECONDS = 30;
const HEAP_SECONDS = 10;
/** Profiles of Go that have no counterpart in a Node process. */
const GO_ONLY = new Set(["goroutine", "threadcreate", "block", "mutex", "trace", "symbol"]);

const PAGE = `<!doctype html>
<title>/debug/pprof/</title>
<h1>Profiles</h1>
<p>Open them in Chrome's developer tools, VS Code or speedscope. One at a time; up to ${MAX_SECONDS} seconds.</p>
<ul>
<li><a href="profile?seconds=${CPU_SECONDS}">profile?seconds=${CPU_SECONDS}</a>: where the CPU's time goes (.cpuprofile)</li>
<li><a href="heap?seconds=${HEAP_SECONDS}">heap?seconds=${HEAP_SECONDS}</a>: what is allocated meanwhile and still held (.heapprofile)</li>
<li>heap-snapshot: everything on the heap (.heapsnapshot); stops the process for seconds, takes as much memory again, and holds secrets; only with --admin.http.heap-snapshots</li>
<li><a href="cmdline">cmdline</a></li>
</ul>
<p>A daemon with several workers profiles its main process, and with <code>worker=N</code> one of them.</p>
`;

/** CPU and heap profiles at the paths where v1 has Go's (`net/http/pprof`), in V8's formats. */
export function addPprofRoutes(app: FastifyInstance, options: PprofOptions): void {
  app.get("/debug/pprof", (_request, reply) => html(reply, PAGE));
  app.get("/debug/pprof/", (_request, reply) => html(reply, PAGE));
  app.get("/debug/pprof/cmdline", (_request, reply) => text(reply, 200, options.program));
  app.get("/debug/pprof/profile", (request, reply) => takeProfile(request, reply, "cpu", options));
  for (const name of ["heap", "allocs"]) {
    app.get(`/debug/pprof/${name}`, (request, reply) => takeProfile(request, reply, "heap", options));
  }
  let snapshotTaken = false;
  app.get("/debug/pprof/heap-snapshot", async (_request, reply) => {
    if (!options.heapSnapshots) {
      return text(reply, 403, "heap snapshots hold secrets; --admin.http.heap-snapshots allows them\n");
    }
    if (snapshotTaken) return text(reply, 409, "another heap snapshot is being taken\n");
    snapshotTaken = true;
    reply.hijack();
    reply.raw.writeHead(200, {
      "content-type": "application/octet-stream",
      "content-disposition": disposition(options.program, "heapsnapshot"),
    });
    try {
      await pipeline(getHeapSnapshot(), reply.raw);
    } catch {
      // Whoever asked went away.
    } finally {
      snapshotTaken = false;
    }
    return reply;
  });
  app.get("/debug/pprof/:name", (request, reply) => {
    const { name } = request.params as { readonly name: string };
    if (GO_ONLY.has(name)) return text(reply, 501, `${name}: a Node process has none; see /debug/pprof/\n`);
    return text(reply.header("x-go-pprof", "1"), 404, "Unknown profile\n");
  });
}

async function takeProfile(
  request: FastifyRequest,
  reply: FastifyReply,
  kind: ProfileRequest["kind"],
  { program, profile }: PprofOptions,
): Promise<FastifyReply> {
  const query = request.query as Readonly<Record<string, unknown>>;
  const seconds = query.seconds === undefined ? (kind === "cpu" ? CPU_SECONDS : HEAP_SECONDS) : Number(query.seconds);
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    return text(reply, 400, `seconds has to be above 0 and at most ${MAX_SECONDS}\n`);
  }
  const worker = query.worker === undefined ? undefined : Number(query.worker);
  const gone = new AbortController();
  const onClose = () => gone.abort();
  reply.raw.once("close", onClose);
  try {
    const json = await profile({ kind, durationMs: Math.round(seconds * 1000) }, worker, gone.signal);
    const name = worker === undefined ? program : `${program}-worker-${worker}`;
    return reply
      .header("content-type", "application/octet-stream")
      .header("x-content-type-options", "nosniff")
      .header("content-disposition", disposition(name, kind === "cpu" ? "cpuprofile" : "heapprofile"))
      .send(json);
  } catch (error) {
    const isBusy = error instanceof ProfilerError && error.retryable;
    return text(reply, isBusy ? 409 : 500, `${(error as Error).message}\n`);
  } finally {
    reply.raw.off("close", onClose);
  }
}

function disposition(name: string, extension: string): string {
  return `attachment; filename="${name}-${new Date().toISOString().replaceAll(":", "-")}.${extension}"`;
}

function html(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .header("content-type", "text/html; charset=utf-8")
    .header("x-content-type-options", "nosniff")
    .send(page);
}

function text(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply
    .code(status)
    .header("content-type", "text/plain; charset=utf-8")
    .header("x-content-type-options", "nosniff")
    .send(body);
}

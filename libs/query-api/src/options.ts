import type { TlsOptions } from "node:tls";
import type { QueryService } from "@spoor/query-service";
import type { MetricsReader } from "@spoor/storage-api";
import type { Tenancy } from "@spoor/tenancy";
import type { BaseLogger } from "pino";

export interface ListenAddress {
  /** "" means every interface, both IP versions: v1's `:port`. */
  readonly host: string;
  /** 0 takes any free port; {@link QueryServer.start} tells which. */
  readonly port: number;
}

/** Bounds of a search, common to all faces. */
export interface SearchLimits {
  /** Traces a search returns when the client names no number. v1: 100. */
  readonly defaultTraces: number;
  /** Most traces of one search; a larger, zero or negative number asks for this many (in v1 zero means no bound). */
  readonly maxTraces: number;
}

export const DEFAULT_SEARCH_LIMITS: SearchLimits = { defaultTraces: 100, maxTraces: 10_000 };

interface CommonOptions {
  readonly listen: ListenAddress;
  readonly service: QueryService;
  readonly tenancy: Tenancy;
  readonly logger: BaseLogger;
  readonly search?: SearchLimits;
  /** Passes the bearer token of a request on to the store (`--query.bearer-token-propagation`). */
  readonly bearerTokenPropagation?: boolean;
  /** Serves TLS with these options; absent: plain text. */
  readonly tls?: TlsOptions;
}

/** What the page shows about the running daemon. */
export interface VersionInfo {
  readonly gitCommit: string;
  readonly gitVersion: string;
  readonly buildDate: string;
}

export interface QueryHttpOptions extends CommonOptions {
  /** Where `/api/metrics/*` are read from; absent: they answer 501. */
  readonly metrics?: MetricsReader;
  /** `/` or `/prefix` without a slash at its end. */
  readonly basePath?: string;
  /** Sent with every reply. */
  readonly additionalHeaders?: readonly (readonly [name: string, value: string])[];
  /** Folder of the built page (`index.html` and `static/`); absent or missing: a page that tells how to build it. */
  readonly staticDir?: string;
  /** `--query.ui-config`: a `.json` or `.js` file, read again when it changes. */
  readonly uiConfigFile?: string;
  readonly version?: VersionInfo;
  /** Logs every request for a static asset (`--query.log-static-assets-access`). */
  readonly logStaticAssetsAccess?: boolean;
  /** Bytes a request body may have. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Milliseconds {@link QueryServer.close} waits for replies in flight. v1: 5000. */
  readonly drainMs?: number;
}

export interface QueryGrpcOptions extends CommonOptions {
  /** Bytes of a request message. v1: 4 MiB. */
  readonly maxMessageBytes?: number;
  /** Milliseconds {@link QueryServer.close} waits for calls in flight. Default 5000. */
  readonly drainMs?: number;
}

export interface QueryServer {
  /** Resolves when it listens; rejects when it cannot. */
  start(): Promise<ListenAddress>;
  /** Serves new connections with other certificates; without effect on a server without TLS. */
  updateTls(tls: TlsOptions): void;
  /** Takes no new requests, lets those in flight finish for a bounded time, then closes. */
  close(): Promise<void>;
}

import { GRPC_STATUS, type GrpcCall, GrpcError } from "@spoor/grpc-server";
import type { ReadOptions } from "@spoor/storage-api";
import { BEARER_TOKEN } from "../wire/services.ts";

/** Who reads, by the metadata of the call. */
export type CallerOf = (call: GrpcCall) => Pick<ReadOptions, "tenant" | "bearerToken">;

/** The caller's own token. v1's words for more than one. */
export function bearerTokenOf(call: GrpcCall): string | undefined {
  const [token, second] = call.values(BEARER_TOKEN);
  if (second !== undefined) throw new GrpcError(GRPC_STATUS.UNKNOWN, "malformed token: multiple tokens found");
  return token === "" ? undefined : token;
}

import { signal } from "@preact/signals";
import { apiUrl } from "./router.ts";
import { fetchEnvelope } from "./trace-data/fetch-json.ts";

/** Something being loaded, there, or failed. */
export type Loadable<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly message: string };

/** All known services, sorted. */
export const services = signal<Loadable<readonly string[]>>({ state: "loading" });

const never = new AbortController().signal;

/** Loads the services again; an older list stays until the new one is there. */
export async function loadServices(): Promise<void> {
  try {
    const { data } = await fetchEnvelope<string[]>(apiUrl("services"), { signal: never });
    services.value = { state: "ready", value: [...(data ?? [])].sort(compareText) };
  } catch (error) {
    if (services.peek().state !== "ready") services.value = { state: "failed", message: messageOf(error) };
  }
}

/** The operations of a service, sorted. */
export async function fetchOperations(service: string, signal: AbortSignal): Promise<readonly string[]> {
  const url = apiUrl(`services/${encodeURIComponent(service)}/operations`);
  const { data } = await fetchEnvelope<string[]>(url, { signal });
  return [...(data ?? [])].sort(compareText);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const compareText = (a: string, b: string): number => a.localeCompare(b, "en");

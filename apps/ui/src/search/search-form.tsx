import { useEffect, useState } from "preact/hooks";
import { Combobox } from "../components/combobox.tsx";
import type { UiConfig } from "../config.ts";
import { fromInputTime, toInputTime } from "../format/time.ts";
import { fetchOperations, services } from "../services.ts";
import { zone } from "../settings.ts";
import { type FormErrors, validateSearch } from "./form-errors.ts";
import { offeredLookbacks } from "./lookback.ts";
import { fixRange, type SearchQuery } from "./search-params.ts";

/** The form at the left: edits a draft, Enter or the button runs it. */
export function SearchForm(props: {
  readonly query: SearchQuery;
  readonly config: UiConfig;
  readonly onRun: (query: SearchQuery) => void;
}) {
  const [draft, setDraft] = useState(props.query);
  const [errors, setErrors] = useState<FormErrors>({});
  useEffect(() => {
    setDraft(props.query);
    setErrors({});
  }, [props.query]);
  const operations = useOperations(draft.service);
  const change = (part: Partial<SearchQuery>): void => setDraft((old) => ({ ...old, ...part }));
  const known = services.value.state === "ready" ? services.value.value : [];

  const run = (query: SearchQuery): void => {
    const found = validateSearch(query, props.config.maxLimit);
    setErrors(found);
    if (Object.keys(found).length === 0) props.onRun({ ...query, traceIds: [] });
  };
  const setLookback = (lookback: string): void => {
    // The fields of a custom range start with the range that was chosen before.
    const fixed = lookback === "custom" ? fixRange(draft, Date.now() * 1000) : { startUs: undefined, endUs: undefined };
    change({ lookback, startUs: fixed.startUs, endUs: fixed.endUs });
  };
  const field = (name: keyof FormErrors, label: string, input: preact.ComponentChild, hint?: preact.ComponentChild) => (
    <div class="field">
      <label for={`search-${name}`}>{label}</label>
      {input}
      {errors[name] !== undefined ? (
        <p class="field-error" role="alert">
          {errors[name]}
        </p>
      ) : (
        hint
      )}
    </div>
  );
  const text = (name: "tags" | "minDuration" | "maxDuration", placeholder: string) => (
    <input
      id={`search-${name}`}
      type="text"
      spellcheck={false}
      autocomplete="off"
      placeholder={placeholder}
      value={draft[name]}
      aria-invalid={errors[name] !== undefined}
      onInput={(event) => change({ [name]: event.currentTarget.value })}
    />
  );
  const time = (name: "startUs" | "endUs") => (
    <input
      id={`search-${name}`}
      type="datetime-local"
      step="1"
      value={draft[name] === undefined ? "" : toInputTime(draft[name], zone.value)}
      aria-invalid={errors[name] !== undefined}
      onInput={(event) => change({ [name]: fromInputTime(event.currentTarget.value, zone.value) })}
    />
  );

  return (
    <form
      class="search-form"
      onSubmit={(event) => {
        event.preventDefault();
        run(draft);
      }}
    >
      {field(
        "service",
        known.length > 0 ? `Service (${known.length})` : "Service",
        <Combobox
          id="search-service"
          label="Service"
          placeholder={services.value.state === "loading" ? "loading services" : "name of a service"}
          value={draft.service}
          options={known}
          invalid={errors.service !== undefined}
          onInput={(service) => change({ service, operation: "" })}
        />,
        services.value.state === "failed" && <p class="field-error">Services: {services.value.message}</p>,
      )}
      {field(
        "operation",
        operations.length > 0 ? `Operation (${operations.length})` : "Operation",
        <Combobox
          id="search-operation"
          label="Operation"
          placeholder="all operations"
          value={draft.operation}
          options={operations}
          onInput={(operation) => change({ operation })}
        />,
      )}
      {field(
        "tags",
        "Tags",
        text("tags", "http.status_code=500 error=true"),
        <p class="hint">logfmt: key=value, values with spaces in quotes</p>,
      )}
      <div class="field">
        <label for="search-lookback">Time range</label>
        <select
          id="search-lookback"
          value={draft.lookback}
          onChange={(event) => setLookback(event.currentTarget.value)}
        >
          {offeredLookbacks(props.config.maxLookback).map((lookback) => (
            <option key={lookback.value} value={lookback.value}>
              {lookback.label}
            </option>
          ))}
          {draft.lookback !== "custom" &&
            !offeredLookbacks(props.config.maxLookback).some((lookback) => lookback.value === draft.lookback) && (
              <option value={draft.lookback}>Last {draft.lookback}</option>
            )}
          <option value="custom">Custom range</option>
        </select>
      </div>
      {draft.lookback === "custom" && (
        <>
          {field("startUs", `From (${zone.value === "utc" ? "UTC" : "local time"})`, time("startUs"))}
          {field("endUs", "To", time("endUs"))}
        </>
      )}
      <div class="field-pair">
        {field("minDuration", "Min duration", text("minDuration", "e.g. 100ms"))}
        {field("maxDuration", "Max duration", text("maxDuration", "e.g. 1.2s"))}
      </div>
      {field(
        "limit",
        "Limit",
        <input
          id="search-limit"
          type="number"
          min={1}
          max={props.config.maxLimit}
          value={draft.limit}
          aria-invalid={errors.limit !== undefined}
          onInput={(event) => change({ limit: event.currentTarget.valueAsNumber })}
        />,
      )}
      <button type="submit" class="button primary">
        Find traces
      </button>
    </form>
  );
}

/** The operations of the service in the form; empty until they are there, or when they cannot be had. */
function useOperations(service: string): readonly string[] {
  const [operations, setOperations] = useState<readonly string[]>([]);
  const isKnown = services.value.state === "ready" && services.value.value.includes(service);
  useEffect(() => {
    setOperations([]);
    if (!isKnown) return;
    const controller = new AbortController();
    fetchOperations(service, controller.signal).then(setOperations, () => {
      // The list only helps: any operation may be typed without it.
    });
    return () => controller.abort();
  }, [service, isKnown]);
  return operations;
}

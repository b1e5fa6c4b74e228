import type { ComponentChildren } from "preact";
import { formatBytes } from "../format/text.ts";
import type { LoadProgress } from "../trace-data/protocol.ts";
import { Icon } from "./icon.tsx";

/** A request failed: what, why, and another try. */
export function Failure(props: {
  readonly title: string;
  readonly message: string;
  readonly onRetry?: (() => void) | undefined;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="notice" role="alert">
      <span class="notice-icon error-text">
        <Icon name="error" size={20} />
      </span>
      <h2>{props.title}</h2>
      <p>{props.message}</p>
      {props.children}
      {props.onRetry !== undefined && (
        <button type="button" class="button" onClick={props.onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** There is nothing to show, and what to change about it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="notice">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What is loading and how far it is. */
export function Loading({ what, progress }: { readonly what: string; readonly progress?: LoadProgress | undefined }) {
  const { bytes = 0, totalBytes, step } = progress ?? {};
  const detail =
    step === "arranging"
      ? `${formatBytes(bytes)} read, arranging`
      : totalBytes !== undefined
        ? `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`
        : bytes > 0
          ? `${formatBytes(bytes)} read`
          : "waiting for the server";
  return (
    <div class="notice" role="status">
      <p>
        Loading {what} <span class="muted">· {detail}</span>
      </p>
      {totalBytes === undefined || step === "arranging" ? (
        <progress aria-label={`Loading ${what}`} />
      ) : (
        <progress value={bytes} max={totalBytes} aria-label={`Loading ${what}`} />
      )}
    </div>
  );
}

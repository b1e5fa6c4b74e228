import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../components/icon.tsx";
import { formatCount } from "../format/text.ts";
import { matchNumber } from "./rows.ts";
import type { TraceView } from "./trace-view.ts";

const HELP =
  'Words are alternatives; "a phrase" in quotes; -key leaves out tags whose key contains it. ' +
  "Searches service, operation, attributes, events, process and span id.";

/** Finds spans as one types; Enter goes to the next, shift and Enter to the one before. */
export function FindBox({ view }: { readonly view: TraceView }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const mask = view.matches.value;
  const total = view.matchCount.value;
  const number = mask === undefined ? 0 : matchNumber(mask, view.active.value);

  const onInput = (text: string): void => {
    view.findText.value = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void view.find(text), 120);
  };
  const step = async (direction: 1 | -1): Promise<void> => {
    clearTimeout(timer.current);
    if (view.matches.peek() === undefined) await view.find(view.findText.peek());
    view.stepMatch(direction);
  };
  return (
    <search class="find">
      <Icon name="search" size={14} />
      <input
        id="find"
        type="text"
        placeholder="Find  (Ctrl B)"
        aria-label="Find in this trace"
        title={HELP}
        spellcheck={false}
        autocomplete="off"
        value={view.findText.value}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            void step(event.shiftKey ? -1 : 1);
          } else if (event.key === "Escape") {
            event.preventDefault();
            if (view.findText.peek() === "") event.currentTarget.blur();
            void view.find("");
          }
        }}
      />
      {mask !== undefined && (
        <span class={`find-count ${total === 0 ? "error-text" : "muted"}`} role="status">
          {total === 0 ? "none" : `${number === 0 ? "" : `${formatCount(number)} / `}${formatCount(total)}`}
        </span>
      )}
      <button
        type="button"
        class="icon-button small"
        title="Previous (Shift Enter)"
        aria-label="Previous match"
        disabled={total === 0}
        onClick={() => void step(-1)}
      >
        <Icon name="up" size={14} />
      </button>
      <button
        type="button"
        class="icon-button small"
        title="Next (Enter)"
        aria-label="Next match"
        disabled={total === 0}
        onClick={() => void step(1)}
      >
        <Icon name="down" size={14} />
      </button>
    </search>
  );
}

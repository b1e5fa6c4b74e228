import { useId, useRef, useState } from "preact/hooks";
import { formatCount } from "../format/text.ts";
import { filterOptions } from "./filter-options.ts";

const SHOWN = 200;

/**
 * A text field with suggestions. `onInput` hears every change, `onCommit` hears a choice from the list or Enter.
 * Any text may be typed: the list helps, it does not forbid.
 */
export function Combobox(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly placeholder?: string;
  readonly id?: string;
  readonly class?: string;
  readonly invalid?: boolean;
  readonly onInput: (value: string) => void;
  readonly onCommit?: (value: string, how: "option" | "enter") => void;
}) {
  const listId = useId();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  // Right after opening, the whole list is offered even though the field holds a choice.
  const [typed, setTyped] = useState(false);
  const matches = open ? filterOptions(props.options, typed ? props.value : "", SHOWN) : { shown: [], more: 0 };

  const choose = (option: string): void => {
    props.onInput(option);
    props.onCommit?.(option, "option");
    setOpen(false);
    setTyped(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const count = matches.shown.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setOpen(true);
      else if (count > 0) setActive((active + (event.key === "ArrowDown" ? 1 : active <= 0 ? count - 1 : -1)) % count);
    } else if (event.key === "Enter") {
      const option = open ? matches.shown[active] : undefined;
      if (option !== undefined) {
        event.preventDefault();
        choose(option);
      } else {
        setOpen(false);
        props.onCommit?.(props.value, "enter");
      }
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      setOpen(false);
    }
  };

  return (
    <div class={`combobox ${props.class ?? ""}`}>
      <input
        ref={input}
        id={props.id}
        type="text"
        role="combobox"
        aria-label={props.label}
        aria-expanded={open}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-invalid={props.invalid === true}
        aria-activedescendant={active >= 0 && open ? `${listId}-${active}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder={props.placeholder}
        value={props.value}
        onInput={(event) => {
          props.onInput(event.currentTarget.value);
          setTyped(true);
          setOpen(true);
          setActive(-1);
        }}
        onClick={() => setOpen(true)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => {
          setOpen(false);
          setTyped(false);
        }}
        onKeyDown={onKeyDown}
      />
      {open && (matches.shown.length > 0 || typed) && (
        // The list must not take the focus from the field, so the press is swallowed.
        <div class="combobox-list" id={listId} role="listbox" onPointerDown={(event) => event.preventDefault()}>
          {matches.shown.map((option, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
            <div
              key={option}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={option === props.value}
              class={index === active ? "active" : ""}
              title={option}
              ref={(element) => {
                if (index === active) element?.scrollIntoView({ block: "nearest" });
              }}
              onClick={() => choose(option)}
            >
              {option}
            </div>
          ))}
          {matches.shown.length === 0 && <p class="muted">Nothing in the list matches.</p>}
          {matches.more > 0 && <p class="muted">{formatCount(matches.more)} more: type to narrow</p>}
        </div>
      )}
    </div>
  );
}

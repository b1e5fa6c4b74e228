// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtual grid cannot be those of a table
// biome-ignore-all lint/a11y/useFocusableInteractive: the treegrid has the focus and names the active row
import { Icon } from "../components/icon.tsx";
import { formatDuration } from "../format/duration.ts";
import { formatCount } from "../format/text.ts";
import {
  FLAG_ERROR,
  FLAG_ERROR_BELOW,
  FLAG_FOLLOWS,
  FLAG_PARENT_MISSING,
  FLAG_WARNING,
} from "../trace-data/columns.ts";
import { SPAN_KINDS } from "../trace-data/trace-json.ts";
import type { TraceView } from "./trace-view.ts";

/** A drawing a kind, parallel to SPAN_KINDS; it is told in full on hover. */
const KIND_ICON = [undefined, "client", "server", "producer", "consumer", undefined] as const;

/** One row of the tree: guides, fold button, marks, names. Its bar is on the canvas below. */
export function SpanRow(props: {
  readonly view: TraceView;
  readonly row: number;
  readonly position: number;
  readonly isActive: boolean;
  readonly isCollapsed: boolean;
  readonly isMatch: boolean;
  readonly isDimmed: boolean;
  readonly colour: string;
  readonly indent: number;
  readonly nameWidth: number;
}) {
  const { view, row, isCollapsed, indent } = props;
  const { columns } = view;
  const flags = columns.flags[row] ?? 0;
  const children = columns.childCount[row] ?? 0;
  const kind = columns.kind[row] ?? 0;
  const kindIcon = KIND_ICON[kind];
  const service = columns.services[columns.service[row] ?? 0] ?? "";
  const operation = columns.operations[columns.operation[row] ?? 0] ?? "";
  const guides = (columns.depth[row] ?? 0) * indent;
  const isFailed = (flags & FLAG_ERROR) !== 0;
  const failedInside = isCollapsed && (flags & FLAG_ERROR_BELOW) !== 0;
  const state = `${props.isActive ? "active" : ""} ${props.isMatch ? "match" : ""} ${props.isDimmed ? "dimmed" : ""}`;

  const choose = (): void => {
    const again = view.active.peek() === row && view.panelOpen.peek();
    view.active.value = row;
    view.panelOpen.value = !again;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the treegrid around the rows has the keys
    <div
      id={`span-row-${row}`}
      role="row"
      tabIndex={-1}
      class={`span-row ${state}`}
      aria-rowindex={props.position + 1}
      aria-level={(columns.depth[row] ?? 0) + 1}
      aria-expanded={children > 0 ? !isCollapsed : undefined}
      aria-selected={props.isActive}
      onClick={choose}
    >
      <div
        role="gridcell"
        class="span-name"
        style={{ width: `${props.nameWidth}px` }}
        title={`${service} · ${operation}`}
      >
        <span
          class={indent < 4 ? "guides tight" : "guides"}
          style={{ width: `${guides}px`, backgroundSize: `${indent}px 100%` }}
        />
        {children > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            class={`fold ${isCollapsed ? "collapsed" : ""}`}
            aria-label={`${isCollapsed ? "Open" : "Collapse"}: ${formatCount(children)} children`}
            onClick={(event) => {
              event.stopPropagation();
              view.toggle(row);
            }}
          >
            <Icon name={isCollapsed ? "right" : "down"} size={12} />
            <span>{formatCount(isCollapsed ? (columns.subtreeEnd[row] ?? row) - row - 1 : children)}</span>
          </button>
        ) : (
          <span class="leaf" />
        )}
        <span class="swatch" style={{ background: props.colour }} />
        {(isFailed || failedInside) && (
          <span class={`mark error-text ${isFailed ? "" : "inside"}`} title={isFailed ? "Error" : "An error inside"}>
            <Icon name="error" size={13} />
          </span>
        )}
        {(flags & FLAG_WARNING) !== 0 && (
          <span class="mark warn-text" title="Has warnings">
            <Icon name="warning" size={13} />
          </span>
        )}
        {(flags & FLAG_PARENT_MISSING) !== 0 && (
          <span class="mark warn-text" title="Its parent is not in this trace">
            ⌀
          </span>
        )}
        <strong>{service === "" ? "(no service)" : service}</strong>
        {kindIcon !== undefined && (
          <span class="kind" title={`Kind: ${SPAN_KINDS[kind] ?? ""}`}>
            <Icon name={kindIcon} size={12} />
          </span>
        )}
        <span class="operation">{operation}</span>
        {(flags & FLAG_FOLLOWS) !== 0 && (
          <span class="muted" title="Follows from its parent, which does not wait for it">
            ⇢
          </span>
        )}
      </div>
      <div role="gridcell" class="span-bar">
        <span class="visually-hidden">{formatDuration(columns.duration[row] ?? 0)}</span>
      </div>
    </div>
  );
}

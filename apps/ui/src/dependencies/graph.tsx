import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useSize } from "../components/canvas.tsx";
import { followPointer } from "../components/drag.ts";
import { Icon } from "../components/icon.tsx";
import { serviceColour } from "../format/service-colour.ts";
import { formatCount, plural } from "../format/text.ts";
import { dark } from "../settings.ts";
import { type GraphLayout, layoutGraph } from "./graph-layout.ts";
import { type DependencyLink, linkWidth } from "./links.ts";

/** More lines than this carry no number unless they belong to the chosen service. */
const LABELLED_LINKS = 40;
const ARROW = 11;

interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** The layered graph: drag pans, the wheel zooms, a click chooses a service and fades what does not touch it. */
export function Graph(props: {
  readonly links: readonly DependencyLink[];
  readonly chosen: string;
  readonly onChoose: (service: string) => void;
}) {
  const { links, chosen } = props;
  const [box, size] = useSize<HTMLDivElement>();
  const layout = useMemo(() => layoutGraph(links, measureNames(), ARROW), [links]);
  const fitted = fit(layout, size.width, size.height);
  const [moved, setMoved] = useState<Camera>();
  const camera = moved ?? fitted;
  const latest = useRef(camera);
  latest.current = camera;
  useEffect(() => setMoved(undefined), [layout]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const rect = element.getBoundingClientRect();
      const { x, y, scale } = latest.current;
      const next = Math.min(4, Math.max(0.1, scale * 0.999 ** event.deltaY));
      const px = event.clientX - rect.left;
      const py = event.clientY - rect.top;
      setMoved({ x: px - ((px - x) / scale) * next, y: py - ((py - y) / scale) * next, scale: next });
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [box]);

  const max = Math.max(1, ...links.map((link) => link.callCount));
  const near = new Set([
    chosen,
    ...links.flatMap((l) => (l.parent === chosen || l.child === chosen ? [l.parent, l.child] : [])),
  ]);
  const isFaded = (name: string): boolean => chosen !== "" && !near.has(name);
  const touches = (link: DependencyLink): boolean => chosen !== "" && (link.parent === chosen || link.child === chosen);
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest("button") !== null)) return;
    const start = latest.current;
    const name =
      event.target instanceof Element
        ? (event.target.closest("[data-service]")?.getAttribute("data-service") ?? "")
        : "";
    followPointer(event, {
      move: (now) =>
        setMoved({ ...start, x: start.x + now.clientX - event.clientX, y: start.y + now.clientY - event.clientY }),
      end: (_, wasMoved) => {
        if (!wasMoved) props.onChoose(name === chosen ? "" : name);
      },
    });
  };
  return (
    <div ref={box} class="graph" onPointerDown={onPointerDown}>
      <svg
        width={size.width}
        height={size.height}
        role="img"
        aria-label={`Graph of ${plural(layout.services.length, "service")} and ${plural(links.length, "link")}; the table view holds the same.`}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="0"
            refY="4"
            markerWidth={ARROW}
            markerHeight={ARROW}
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0,0.5 L8,4 L0,7.5z" />
          </marker>
        </defs>
        <g transform={`translate(${camera.x} ${camera.y}) scale(${camera.scale})`}>
          {layout.links.map(({ link, path }) => (
            <path
              key={`${link.parent}\n${link.child}`}
              class={`graph-link ${touches(link) ? "near" : chosen !== "" ? "faded" : ""}`}
              d={path}
              stroke-width={linkWidth(link.callCount, max)}
              marker-end="url(#arrow)"
            >
              <title>{`${link.parent} → ${link.child}: ${plural(link.callCount, "call")}`}</title>
            </path>
          ))}
          {layout.links
            .filter(({ link }) => touches(link) || (chosen === "" && links.length <= LABELLED_LINKS))
            .map(({ link, labelX, labelY }) => (
              <text key={`${link.parent}\n${link.child}`} class="graph-label" x={labelX} y={labelY - 5}>
                {formatCount(link.callCount)}
              </text>
            ))}
          {layout.services.map(({ name, x, y, width, height }) => (
            <g
              key={name}
              class={`graph-service ${name === chosen ? "chosen" : ""} ${isFaded(name) ? "faded" : ""}`}
              data-service={name}
              transform={`translate(${x - width / 2} ${y - height / 2})`}
            >
              <title>{name}</title>
              <rect class="plate" width={width} height={height} rx={4} />
              <rect x={8} y={10} width={8} height={8} rx={2} fill={serviceColour(name, dark.value)} />
              <text x={22} y={height / 2}>
                {shorten(name, 30)}
              </text>
            </g>
          ))}
        </g>
      </svg>
      <button type="button" class="button graph-fit" title="Show the whole graph" onClick={() => setMoved(undefined)}>
        <Icon name="fit" size={14} />
        <span class="visually-hidden">Show the whole graph</span>
      </button>
    </div>
  );
}

function fit(layout: GraphLayout, width: number, height: number): Camera {
  const scale = Math.min(1.25, width / layout.width, height / layout.height) || 1;
  return { x: (width - layout.width * scale) / 2, y: (height - layout.height * scale) / 2, scale };
}

function measureNames(): (name: string) => number {
  const context = document.createElement("canvas").getContext("2d");
  if (context === null) return (name) => name.length * 7;
  context.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  return (name) => context.measureText(shorten(name, 30)).width;
}

const shorten = (name: string, max: number): string => (name.length > max ? `${name.slice(0, max - 1)}…` : name);

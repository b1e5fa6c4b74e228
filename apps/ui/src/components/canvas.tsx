import type { Ref } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of an element, followed while it changes. */
export function useSize<E extends HTMLElement>(): readonly [Ref<E> & { current: E | null }, Size] {
  const ref = useRef<E>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

/** A canvas that is drawn anew whenever its component renders; `draw` works in CSS pixels. Invisible to screen readers. */
export function Canvas(props: {
  readonly size: Size;
  readonly draw: (context: CanvasRenderingContext2D, size: Size) => void;
  readonly class?: string;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { size, draw } = props;
  useLayoutEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (canvas === null || context === null || context === undefined || size.width === 0) return;
    const ratio = devicePixelRatio || 1;
    const width = Math.round(size.width * ratio);
    const height = Math.round(size.height * ratio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    draw(context, size);
  });
  return <canvas ref={ref} class={props.class} style={{ width: `${size.width}px`, height: `${size.height}px` }} />;
}

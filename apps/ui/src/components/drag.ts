/** Follows a pointer from a press until it is let go; calls back with positions in client pixels. */
export function followPointer(
  start: PointerEvent,
  handlers: {
    readonly move: (event: PointerEvent) => void;
    readonly end?: (event: PointerEvent, moved: boolean) => void;
  },
): void {
  const target = start.currentTarget;
  if (!(target instanceof Element)) return;
  target.setPointerCapture(start.pointerId);
  let moved = false;
  const onMove = (event: Event): void => {
    if (!(event instanceof PointerEvent) || event.pointerId !== start.pointerId) return;
    moved ||= Math.abs(event.clientX - start.clientX) + Math.abs(event.clientY - start.clientY) > 3;
    if (moved) handlers.move(event);
  };
  const onEnd = (event: Event): void => {
    if (!(event instanceof PointerEvent) || event.pointerId !== start.pointerId) return;
    target.removeEventListener("pointermove", onMove);
    target.removeEventListener("pointerup", onEnd);
    target.removeEventListener("pointercancel", onEnd);
    handlers.end?.(event, moved);
  };
  target.addEventListener("pointermove", onMove);
  target.addEventListener("pointerup", onEnd);
  target.addEventListener("pointercancel", onEnd);
}

// Notices that nobody is there any more.

const LOOK_EVERY = 5_000;
const OFFER_BEFORE = 60_000;

/**
 * Calls ``offer`` a minute before the end and ``end`` at it; any key or touch starts the time anew and calls ``back``.
 * Two clocks are looked at: one stops while a device sleeps, the other can be set back.
 */
export function watchIdle(limit: number, offer: () => void, back: () => void, end: () => void): void {
  let steady = performance.now();
  let wall = Date.now();
  let offered = false;
  const active = () => {
    steady = performance.now();
    wall = Date.now();
    if (offered) back();
    offered = false;
  };
  const look = () => {
    const idle = Math.max(performance.now() - steady, Date.now() - wall);
    if (idle >= limit) {
      active();
      end();
    } else if (idle >= limit - OFFER_BEFORE && !offered) {
      offered = true;
      offer();
    }
  };
  setInterval(look, LOOK_EVERY);
  document.addEventListener("visibilitychange", look);
  for (const sign of ["keydown", "pointerdown"]) document.addEventListener(sign, active);
}

/**
 * Finds the page's element with an id.
 *
 * @throws TypeError if the page has no such element of that kind, because page and script do not belong together
 */
export function elementOf<T extends Element>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new TypeError(`the page has no ${kind.name} #${id}`);
  return element;
}

/** The drawing context of a canvas. @throws TypeError if the browser has no 2D canvas */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new TypeError('this browser has no 2D canvas');
  return context;
}

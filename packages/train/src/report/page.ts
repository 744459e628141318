import { Html, html } from './html.ts';

/**
 * A self-contained page, without scripts or links, with its pictures embedded. Its content policy forbids loading and scripts, in case
 * a name ever gets into the page unescaped.
 */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head><body><main>
<h1>${title}</h1>
${body}
</main></body></html>
`.text;
}

/** The main figures, in large letters. */
export function figureList(figures: readonly (readonly [name: string, value: string])[]): Html {
  return html`<dl class="figures">${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A section with a heading. An empty body gives no section. */
export function section(title: string, body: Html): Html {
  return body.text === '' ? body : html`<section><h2>${title}</h2>${body}</section>`;
}

const style = new Html(`
:root { color-scheme: light dark; --line: #8885; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; overflow-wrap: break-word; }
main { max-width: 1000px; margin: 0 auto; padding: 24px; }
h1 { margin: 0 0 16px; } h2 { margin: 40px 0 12px; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 0; }
.figures div { background: var(--soft); border-radius: 8px; padding: 10px 16px; }
.figures dt { font-size: 13px; opacity: .75; } .figures dd { margin: 0; font-size: 26px; font-weight: 600; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr)); gap: 16px; }
figure { margin: 0; } figcaption { display: flex; flex-wrap: wrap; gap: 0 14px; font-weight: 600; }
.chart { box-sizing: border-box; width: 100%; height: 262px; padding: 12px 24px 42px 56px; overflow: visible; }
.chart svg { overflow: visible; } .chart text { font-size: 12px; fill: currentColor; }
.key { display: inline-flex; align-items: baseline; gap: 5px; max-width: 100%; font-weight: 400; overflow-wrap: anywhere; }
.key svg { flex: none; align-self: center; }
.grid { stroke: var(--line); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { text-align: left; padding: 3px 16px 3px 0; border-bottom: 1px solid var(--soft); vertical-align: top; max-width: 24em; }
/* A name may be broken anywhere, but other columns do not make its column narrower. The name stays in view while they are scrolled. */
.wide th:first-child, .wide td:first-child { position: sticky; left: 0; min-width: 12em; background: Canvas; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; }
tr.own { font-weight: 600; }
.bar { width: 220px; } .bar i { display: block; height: 10px; margin-top: 7px; border-radius: 5px; background: #0072b2; }
.example { display: grid; grid-template-columns: repeat(var(--panels, 4), 1fr); gap: 8px; margin-bottom: 20px; }
.example h3 { grid-column: 1 / -1; margin: 0; font-size: 15px; } .example img { width: 100%; display: block; border-radius: 4px; }
.example figcaption { font-weight: 400; font-size: 13px; opacity: .75; }
.configuration { table-layout: fixed; width: 100%; } .configuration th { width: 200px; font-weight: 400; opacity: .75; }
@media (max-width: 600px) {
  main { padding: 16px; } h1 { font-size: 24px; }
  th, td { padding-right: 10px; } .bar { width: 70px; } .configuration th { width: 120px; }
  .wide th:first-child, .wide td:first-child { min-width: 8em; }
  .example { grid-template-columns: repeat(2, 1fr); }
}
`);

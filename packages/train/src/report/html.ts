/** Text that is already HTML and needs no escaping. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Fragment = string | number | Html | readonly Html[] | undefined;

/**
 * Builds HTML from a template. Inserted values are escaped, for text and for quoted attributes, unless they are `Html`.
 *
 * @example html`<td title="${name}">${cells}</td>`
 */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(strings.map((string, i) => string + textOf(values[i])).join(''));
}

function textOf(value: Fragment): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escape(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text that is HTML already. */
export type Html = { readonly html: string }

type Part = Html | readonly Html[] | string | number | null

/** HTML whose every inserted text is escaped; what is HTML already, or a list of it, is not. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((before, text, at) => `${before}${asHtml(parts[at - 1] ?? null)}${text}`) }
}

function asHtml(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return 'html' in part ? part.html : part.map((one) => one.html).join('')
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

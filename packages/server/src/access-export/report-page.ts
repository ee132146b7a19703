import { type Html, html } from './html-text.ts'

/** The page before its sections: it loads nothing, runs nothing and sends nothing. */
export function pageStart(title: string, contents: readonly { id: string; title: string }[]): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<nav aria-label="Contents"><ul>${contents.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
`
}

export const PAGE_END: Html = html`</main>
</body>
</html>
`

/** A list of names and values. */
export function facts(rows: readonly (readonly [string, Html | string])[]): Html {
  return html`<dl>${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** A table that scrolls by itself where it is wider than the page, also with the keyboard. */
export function tableStart(caption: string, columns: readonly string[]): Html {
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>
`
}

export function tableRow(cells: readonly (Html | string)[]): Html {
  return html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`
}

export const TABLE_END: Html = html`</tbody></table></div>
`

export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  return html`${tableStart(caption, columns)}${rows.map(tableRow)}${TABLE_END}`
}

/** What a person or a program wrote, in whatever script. */
export function written(text: string): Html {
  return html`<bdi>${text}</bdi>`
}

export function time(iso: string | null): Html {
  if (iso === null) return html`–`
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}

const STYLE: Html = {
  html: `
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --quiet: #595959; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --quiet: #b5b5b5; --link: #a8c7fa; } }
body { margin: 0; font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 .75rem; padding-top: .5rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { max-width: 42rem; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: 1.25rem 0; list-style: none; }
dl { margin: .75rem 0; }
dl div { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: 0 1.25rem; padding: .3rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--quiet); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
.missing { border-left: 4px solid #b3541e; background: var(--soft); padding: .6rem .9rem; max-width: 40rem; }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
time, .number { white-space: nowrap; }
summary { cursor: pointer; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; background: var(--soft); padding: .6rem; margin: .4rem 0; max-width: 34rem; }
@media (max-width: 40rem) { dl div { grid-template-columns: 1fr; } }
@media print { nav { display: none; } main { max-width: none; padding: 0; } }
`,
}

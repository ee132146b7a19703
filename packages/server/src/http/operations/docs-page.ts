import { createHash } from 'node:crypto'
import { PROBLEMS } from '@heed/protocol'
import { z } from 'zod'

/** The parts of the OpenAPI document that the page shows. */
const openApiDocument = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        summary: z.string().optional(),
        description: z.string().optional(),
        tags: z.array(z.string()).optional(),
        parameters: z
          .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().optional() }))
          .optional(),
        requestBody: z.object({ content: z.record(z.string(), z.unknown()) }).optional(),
        responses: z.record(
          z.string(),
          z.object({ description: z.string().optional(), content: z.unknown().optional() }),
        ),
        'x-scope': z.string().optional(),
      }),
    ),
  ),
})

type Operation = z.infer<typeof openApiDocument>['paths'][string][string]

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
summary{cursor:pointer;padding:.3rem 0}code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f4f4f4;padding:.7rem;overflow:auto}
.method{display:inline-block;min-width:4.5rem;font-weight:700}.scope{color:#555;font-size:.9rem}table{border-collapse:collapse}
td,th{text-align:left;padding:.2rem .8rem .2rem 0;vertical-align:top}h2{margin-top:2rem;border-bottom:1px solid #ccc}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}pre{background:#242424}.scope{color:#aaa}}`

/** Nothing is fetched and nothing runs: one style, known by its digest. */
export const DOCS_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** Every route of the OpenAPI document, but for the preflights browsers make, as one page without scripts. */
export function renderDocs(document: unknown): string {
  const { info, paths } = openApiDocument.parse(document)
  const operations = Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    )
    .filter(({ method }) => method !== 'options')
  const groups = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'other')
  const sections = [...groups].map(
    ([tag, entries]) => `<h2>${escaped(tag)}</h2>${entries.map(renderOperation).join('')}`,
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(info.title)}: the API</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head><body><h1>${escaped(info.title)}: the API</h1>
<p>${escaped(info.description)} The same as a document for programs: <a href="/openapi.json">/openapi.json</a>.</p>
${sections.join('\n')}<h2>Refusals</h2>${renderProblems()}</body></html>`
}

function renderOperation({
  path,
  method,
  operation,
}: {
  path: string
  method: string
  operation: Operation
}): string {
  const parts = [
    paragraph(operation.description),
    renderParameters(operation),
    renderSchema('Body', operation.requestBody?.content),
    ...Object.entries(operation.responses)
      .filter(([status]) => status !== 'default')
      .map(([status, answer]) => renderSchema(`Answer ${status}`, answer.content)),
  ]
  return `<details><summary><span class="method">${escaped(method.toUpperCase())}</span> <code>${escaped(path)}</code> ${escaped(
    operation.summary ?? '',
  )} <span class="scope">${neededBy(operation)}</span></summary>${parts.join('')}</details>`
}

function neededBy(operation: Operation): string {
  const scope = operation['x-scope']
  if (scope !== undefined) return `scope: ${escaped(scope)}`
  return operation.tags?.[0] === 'collection' ? 'write key' : 'no token'
}

function renderParameters({ parameters = [] }: Operation): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map(
    ({ name, in: place, required }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${escaped(place)}</td><td>${required === true ? 'required' : ''}</td></tr>`,
  )
  return `<table>${rows.join('')}</table>`
}

function renderSchema(heading: string, content: unknown): string {
  if (content === undefined) return paragraph(heading)
  return `<p>${escaped(heading)}</p><pre>${escaped(JSON.stringify(content, null, 2))}</pre>`
}

function renderProblems(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escaped(title)}</td></tr>`,
  )
  return `<table><tr><th>code</th><th>status</th><th>meaning</th></tr>${rows.join('')}</table>`
}

function paragraph(text: string | undefined): string {
  return text === undefined ? '' : `<p>${escaped(text)}</p>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

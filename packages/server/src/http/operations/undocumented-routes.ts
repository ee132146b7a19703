import type { App } from '../app.ts'

/** Routes that answer and are not in the OpenAPI document, such as `GET /secret`; for tests, on an application that is ready. */
export function undocumentedRoutes(app: App): readonly string[] {
  const { paths } = app.swagger()
  const documented = new Map(
    Object.entries(paths ?? {}).map(([path, methods]) => [asPattern(path), Object.keys(methods ?? {})]),
  )
  return app.answeredRoutes
    .filter(({ method, url }) => documented.get(asPattern(url))?.includes(method.toLowerCase()) !== true)
    .map(({ method, url }) => `${method} ${url}`)
}

/** Fastify writes `/a/:id` and `/b/*` where OpenAPI writes `/a/{id}` and `/b/{*}`. */
function asPattern(path: string): string {
  return path.replace(/:\w+|\{[^}]*\}|\*/g, '?')
}

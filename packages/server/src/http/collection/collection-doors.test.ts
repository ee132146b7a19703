import { expect, test } from 'vitest'
import { collectionApp } from './testing/collection-app.ts'

test('every collection route is in the OpenAPI document, with what it does', async () => {
  const { app } = await collectionApp()
  await app.ready()
  const { paths = {} } = app.swagger()
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations ?? {}).map(
      ([method, operation]) => `${method} ${path} ${JSON.stringify(operation)}`,
    ),
  )
  const types = ['identify', 'track', 'page', 'screen', 'group', 'alias']
  const expected = [
    ...[...types, 'i', 't', 'p', 's', 'g', 'a', 'batch', 'b', 'import', 'm'].map(
      (name) => `post /v1/${name}`,
    ),
    ...types.map((type) => `get /v1/pixel/${type}`),
    ...['/v1/{appKey}/track', '/v3/{appKey}/track'].flatMap((path) => [`post ${path}`, `get ${path}`]),
    'get /egw/5/{appKey}/track/__cool.gif',
    'get /v1/projects/{writeKey}/settings',
    'get /analytics.js/v1/{writeKey}/analytics.min.js',
    'get /analytics-next/bundles/{file}',
  ]
  for (const route of expected) {
    const documented = routes.find((text) => text.startsWith(`${route} {`))
    expect([route, documented]).toEqual([route, expect.stringContaining('"summary":"')])
  }
  await app.close()
})

import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type BrowserSdk = {
  /** The standalone build for one source. Both values must be free of quotes. */
  readonly script: (fill: { readonly writeKey: string; readonly base: string }) => string
  /** Its lazily loaded chunks by file name. */
  readonly bundles: ReadonlyMap<string, Buffer>
}

/** The published build of `@segment/analytics-next`, read once. */
export async function readBrowserSdk(): Promise<BrowserSdk> {
  const folder = join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), 'dist', 'umd')
  const standalone = await readFile(join(folder, 'standalone.js'), 'utf8')
  const names = (await readdir(folder)).filter((name) => /\.bundle\.[0-9a-f]+\.js$/.test(name))
  const bundles = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name))] as const),
  )
  return {
    bundles: new Map(bundles),
    script: ({ writeKey, base }) =>
      standalone
        .replaceAll(KEY_PLACE, () => `"${writeKey}"`)
        .replaceAll(SEGMENT_CDN, () => `"${base}`)
        .replaceAll(SEGMENT_API, () => `"${new URL(base).host}/v1"`),
  }
}

const PACKAGE = '@segment/analytics-next/package.json'

const KEY_PLACE = '"__WRITE_KEY__"'

/** What the SDK falls back to where a page names nothing else: no page of ours may end up at Segment's servers. */
const SEGMENT_CDN = '"https://cdn.segment.com'
const SEGMENT_API = '"api.segment.io/v1"'

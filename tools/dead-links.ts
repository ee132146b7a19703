import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceFile } from './source-files.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Links of a document to files of the repository that are not there. */
export function deadLinks({ path, text }: SourceFile): readonly string[] {
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
    .filter((target) => !/^(https?:|mailto:|#)/.test(target))
    .filter((target) => !existsSync(ROOT + posix.join(posix.dirname(path), target.replace(/#.*$/, ''))))
    .map((target) => `${path} links to ${target}`)
}

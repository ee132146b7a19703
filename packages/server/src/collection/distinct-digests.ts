import type { ItemContext } from './item-context.ts'
import { digestsOf } from './prepared-item.ts'

/** Every digest that the items name, once. */
export function distinctDigests(items: readonly ItemContext[]): Buffer[] {
  return distinct(items.flatMap(({ prepared }) => digestsOf(prepared)))
}

export function distinct(digests: readonly Buffer[]): Buffer[] {
  return [...new Map(digests.map((digest) => [digest.toString('latin1'), digest])).values()]
}

import type { Transaction } from '../store/transaction.ts'
import { type ErasedPerson, erasedRowsIn } from './erased-rows.store.ts'

/** A delete is a claim; looking again is the proof: how many rows in all registered tables still lead to the person. */
export async function countSurvivors(client: Transaction, person: ErasedPerson): Promise<number> {
  const found = await erasedRowsIn(client, person).count()
  return Object.values(found).reduce((sum, rows) => sum + rows, 0)
}

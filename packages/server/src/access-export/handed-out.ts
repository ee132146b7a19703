import type { AccessExport } from '@heed/protocol'

/** Where the rows of a table stand in `data.json`, or why a person is not handed them. */
export type HandedOut = { readonly in: keyof AccessExport } | { readonly leftOutBecause: string }

/** Every table that is registered as personal; a test fails on one that is missing here, or handed out only in name. */
export const HANDED_OUT: Readonly<Record<string, HandedOut>> = {
  access_export: { in: 'exports' },
  drop_batch: { in: 'refused' },
  drop_digest: { in: 'refused' },
  escrowed_key: { leftOutBecause: 'a key; whoever has one here is erased, and gets no export' },
  event: { in: 'events' },
  export_chunk: { leftOutBecause: 'pieces of an export like this one' },
  hold: { in: 'holds' },
  identifier: { in: 'identifiers' },
  identifier_mention: { in: 'mentions' },
  outbox: { leftOutBecause: 'what Heed did, without data: requests, standing and exports say it in full' },
  profile: { in: 'profile' },
  purchase: { in: 'purchases' },
  request_address: {
    leftOutBecause: 'of an erase that runs; whoever has one here is erased, and gets no export',
  },
  request_digest: { in: 'requests' },
  restriction: { in: 'restrictions' },
  subject: { in: 'subject' },
  subject_alias: { in: 'subject' },
  subject_key: { leftOutBecause: 'a key: it says nothing about anybody' },
  subject_salt: { leftOutBecause: 'chance: it says nothing about anybody' },
  suppression: { in: 'standing' },
  suppression_cause: { in: 'standing' },
  task: { in: 'requests' },
}

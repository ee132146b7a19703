import type { Profile } from '@heed/core'

/**
 * The region that somebody's traits name, as reports keep it of an erased person: the country of `address`, or the trait
 * `country`, by its two letters of ISO 3166, with the `state` of the address where that is a code. Null for anything else:
 * a name in free text could say more than a region.
 */
export function regionOfProfile(profile: Profile): string | null {
  const address = asAddress(profile.get('address')?.value)
  const country = codeOf(address.country ?? profile.get('country')?.value, /^[A-Z]{2}$/)
  if (country === null) return null
  const state = codeOf(address.state, /^[A-Z0-9]{1,3}$/)
  return state === null ? country : `${country}-${state}`
}

type Address = { readonly country?: unknown; readonly state?: unknown }

function asAddress(value: unknown): Address {
  return typeof value === 'object' && value !== null ? value : {}
}

function codeOf(value: unknown, shape: RegExp): string | null {
  const code = typeof value === 'string' ? value.trim().toUpperCase() : ''
  return shape.test(code) ? code : null
}

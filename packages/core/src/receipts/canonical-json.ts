/** JSON as RFC 8785 spells it: one text for each value, so that whoever has the value can check the text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, member]) => `${primitive(name)}:${canonicalJson(member)}`).join(',')}}`
  }
  return primitive(value)
}

/** ECMAScript writes numbers and texts as RFC 8785 §3.2.2 wants them; what JSON has no word for is refused. */
function primitive(value: unknown): string {
  if (typeof value === 'string' && !value.isWellFormed())
    throw new TypeError('half a surrogate pair is no JSON text')
  const isJson = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
  if (!isJson) throw new TypeError(`a value of type ${typeof value} has no canonical form`)
  return JSON.stringify(value)
}

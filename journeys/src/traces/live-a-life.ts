import type { Walker } from './walker.ts'

/**
 * Puts every secret of a person through every door: events of every kind and encoding, an opt-out, refused events, late
 * links, requests and questions, and the ways to call wrongly that carry somebody's data where it could be repeated.
 */
export async function liveALife(walker: Walker): Promise<void> {
  await collect(walker)
  await collectInAddresses(walker)
  await ask(walker)
  await optOutAndComeBack(walker)
  await collectWrongly(walker)
  await askWrongly(walker)
}

/** Asks for everything a person can ask for, with what is theirs in every place that takes text; the last is to be erased. */
export async function askForRights({ control, secrets }: Walker): Promise<void> {
  const { userId, email, phone, name } = secrets
  const subject = { identifiers: [{ kind: 'userId', value: userId }] }
  const open = (type: string, more: object = {}) =>
    control('/api/v1/requests', { type, subject, ...more }, { 'idempotency-key': `${type}-${name}` })
  await open('access')
  await open('restrict')
  await open('correct', { changes: { traits: { [email]: phone, name } } })
  await control('/api/v1/erasure-previews', { subject })
  await open('erase', { planHash: email })
  await control('/api/v1/requests', { type: 'erase', subject, jurisdiction: email })
  await control('/api/v1/requests', { type: 'erase', subject })
  await control(`/api/v1/requests/${userId}/reverse`, { keepSuppressed: email })
  await control('/api/v1/receipts/open', { jws: email, opening: { subjectId: userId, nonce: name } })
}

async function collect({ collect, secrets, writeKey }: Walker): Promise<void> {
  const { userId, secondUserId, anonymousId, previousId, deviceId, email, phone, address, name } = secrets
  const context = {
    ip: address,
    userAgent: name,
    page: {
      url: `https://shop.example/${userId}?mail=${email}`,
      title: name,
      referrer: `https://x.example/${userId}`,
    },
    device: { id: deviceId },
    traits: { email, phone },
    campaign: { name: email },
  }
  const batch = [
    { type: 'track', anonymousId, event: 'Visited', properties: { [name]: name, email } },
    { type: 'identify', userId, anonymousId, traits: { email, phone, name, [userId]: 1 } },
    { type: 'page', userId, name, category: name, properties: { url: `https://shop.example/${email}` } },
    { type: 'screen', userId, name },
    { type: 'group', userId, groupId: name, traits: { name } },
    { type: 'alias', userId, previousId },
    { type: 'track', userId, event: `Mail of ${email}`, properties: { revenue: 12.5, currency: 'EUR' } },
    { type: 'track', userId, event: 'Ordered', messageId: `order-${userId}` },
    { type: 'track', userId, event: 'Ordered', messageId: `order-${userId}` },
  ]
  await collect('/v1/batch', { context, batch })
  await collect(`/v3/${writeKey}/track`, {
    events: [
      { event_name: 'login', user_id: userId, user_alternative_id: secondUserId, session_id: name, email },
    ],
  })
}

async function collectInAddresses({ get, secrets, writeKey }: Walker): Promise<void> {
  const { userId, email, name } = secrets
  const inBase64 = (value: object) =>
    encodeURIComponent(Buffer.from(JSON.stringify(value)).toString('base64'))
  const item = { writeKey, userId, event: 'Opened mail', properties: { email } }
  const event = { event_name: 'level up', user_id: userId, email }
  await get(`/v1/pixel/track?data=${inBase64(item)}`)
  await get(
    `/v1/pixel/page?writeKey=${writeKey}&userId=${userId}&name=${name}&traits.email=${encodeURIComponent(email)}`,
  )
  await get(`/v1/pixel/track?data=${encodeURIComponent(`{"userId":"${userId}"`)}`)
  await get(`/egw/5/${writeKey}/track/__cool.gif?data=${inBase64({ events: [event] })}`)
  await get(`/v1/${writeKey}/track?data=${encodeURIComponent(JSON.stringify({ events: [event] }))}`)
  await get(`/v1/${userId}/track?data=${inBase64({ events: [event] })}`)
  await get(`/v1/users/${encodeURIComponent(email)}?name=${name}`)
  await get(`/analytics.js/v1/${userId}/analytics.min.js`)
  await get(`/%E0%A4%A/${userId}`)
}

async function ask({ control, secrets }: Walker): Promise<void> {
  const { userId, email, phone, deviceId, secondUserId } = secrets
  const named = { identifier: { kind: 'email', value: email } }
  await control('/api/v1/explain', named, { 'idempotency-key': userId })
  await control('/api/v1/subjects/lookup', { identifier: { kind: 'phone', value: phone } })
  await control('/api/v1/identity-links', {
    identifiers: [
      { kind: 'userId', value: userId },
      { kind: 'shopifyCustomerId', value: secondUserId },
    ],
    reason: 'asked by telephone',
  })
  for (const type of ['suppress', 'unsuppress'])
    await control(
      '/api/v1/requests',
      { type, subject: { identifiers: [{ kind: 'deviceId', value: deviceId }, named.identifier] } },
      { 'idempotency-key': `${type}-${userId}` },
    )
}

async function optOutAndComeBack({ collect, secrets, writeKey }: Walker): Promise<void> {
  const { userId, anonymousId, lateAnonymousId, email } = secrets
  await collect('/v1/track', { userId, anonymousId, event: 'Opted Out', properties: { email } })
  await collect('/v1/track', { userId, event: 'Came back', properties: { email } })
  await collect('/v1/track', { anonymousId: lateAnonymousId, event: 'Looked around' })
  await collect('/v1/identify', { userId, anonymousId: lateAnonymousId, traits: { email } })
  await collect('/v1/track', { anonymousId: lateAnonymousId, event: 'Came back' })
  await collect(
    `/v3/${writeKey}/track`,
    `{events:[{“event_name”:”cooladata_opt_out”,”user_id”:”${userId}”}]}`,
  )
}

async function collectWrongly({ collect, secrets, writeKey }: Walker): Promise<void> {
  const { userId, email, name } = secrets
  await collect('/v1/track', `{"userId":"${userId}","event":"broken`)
  await collect('/v1/track', { userId: { nested: userId }, event: email })
  await collect('/v1/batch', { batch: { [userId]: email } })
  await collect('/v1/batch', {
    batch: [name, { type: email, userId }, { type: 'track', userId: `${userId}\0`, event: 'x' }],
  })
  await collect('/v1/track', { userId, event: 'large', properties: { text: name.repeat(5_000) } })
  await collect(`/v3/${writeKey}/track`, `data=%7B${email}`)
  await collect(`/v3/${userId}/track`, { events: [] })
  await collect(`/v1/${userId}`, { email })
}

async function askWrongly({ control, secrets }: Walker): Promise<void> {
  const { userId, email, phone, name } = secrets
  await control('/api/v1/explain', { identifier: { kind: email, value: userId } })
  await control('/api/v1/explain', { identifier: { kind: 'phone', value: `${phone}${name}` } })
  await control('/api/v1/explain', { identifier: { kind: 'email', value: userId }, [email]: userId })
  await control('/api/v1/explain', `{"identifier":"${email}`)
  await control(
    '/api/v1/explain',
    { identifier: { kind: 'userId', value: userId } },
    { authorization: `Bearer ${userId}` },
  )
  await control('/api/v1/requests', { type: email, subject: { identifiers: [{ [userId]: userId }] } })
  await control('/api/v1/requests', {
    type: 'suppress',
    subject: { identifiers: [{ kind: 'phone', value: name }] },
  })
  await control(
    '/api/v1/requests',
    { type: 'suppress', subject: { identifiers: [] } },
    { 'idempotency-key': ` ${email}` },
  )
  await control('/api/v1/subjects/lookup', { identifier: { kind: name, value: '' } })
  await control(`/api/v1/subjects/${userId}`, {})
  const asSql = [
    `select "${email}" from cooladata where date_range(last 7 days)`,
    `select customer_user_id from cooladata where date_range(last 7 days) and customer_user_id = "${userId}"`,
    `'${email}`,
  ]
  for (const query of asSql) await control('/api/v1/query', { query })
  await control('/api/v1/suppressions/lift', { source: userId, from: email, to: name })
}

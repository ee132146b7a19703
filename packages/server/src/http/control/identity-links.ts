import { publicId } from '@heed/core'
import { identityLink, newIdentityLink } from '@heed/protocol'
import { z } from 'zod'
import { type LinkParts, linkPeople } from '../../identity/link-people.ts'
import { unlinkPeople } from '../../identity/unlink-people.ts'
import type { App } from '../app.ts'
import { idFromPath, idParams } from './call-ids.ts'

const tags = ['subjects']
const config = { scope: 'subjects:write' } as const

export function identityLinkRoutes(app: App, parts: LinkParts): void {
  app.post(
    '/api/v1/identity-links',
    {
      config,
      schema: {
        tags,
        summary: 'Say that two identifiers are one person.',
        body: newIdentityLink,
        response: { 200: identityLink, 201: identityLink },
      },
    },
    async ({ workspaceId, actor, idempotencyKey, body }, reply) => {
      const { linkId, root } = await linkPeople(parts, { workspaceId, actor, idempotencyKey, link: body })
      const id = linkId === null ? null : publicId('lnk', linkId)
      return reply.code(linkId === null ? 200 : 201).send({ id, subjectId: publicId('sub', root) })
    },
  )
  app.delete(
    '/api/v1/identity-links/:id',
    { config, schema: { tags, summary: 'Undo a link.', params: idParams, response: { 204: z.null() } } },
    async ({ workspaceId, actor, params }, reply) => {
      await unlinkPeople(parts, { workspaceId, actor, linkId: idFromPath('lnk', params.id) })
      return reply.code(204).send(null)
    },
  )
}

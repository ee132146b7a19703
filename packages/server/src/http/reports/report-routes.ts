import {
  funnelReport as funnelAnswer,
  lifecycleReport as lifecycleAnswer,
  reportQuery,
  revenueReport as revenueAnswer,
} from '@heed/protocol'
import { answerReports, type Reporting } from '../../reports/answer-report.ts'
import { funnelReport } from '../../reports/funnel-report.ts'
import { lifecycleReport } from '../../reports/lifecycle-report.ts'
import { revenueReport } from '../../reports/revenue-report.ts'
import type { App } from '../app.ts'

const tags = ['reports']
const config = { scope: 'reports:read' } as const
const querystring = reportQuery

/** Numbers by month, source and campaign. They name nobody, and erasing somebody does not change them. */
export function reportRoutes(app: App, reporting: Reporting): void {
  const answer = answerReports(reporting)
  app.get(
    '/api/v1/reports/revenue',
    {
      config,
      schema: {
        tags,
        summary: 'Orders and refunds, in each currency.',
        querystring,
        response: { 200: revenueAnswer },
      },
    },
    ({ workspaceId, query }) => answer(revenueReport, workspaceId, query),
  )
  app.get(
    '/api/v1/reports/funnel',
    {
      config,
      schema: {
        tags,
        summary: 'How many persons took each step, and how often.',
        querystring,
        response: { 200: funnelAnswer },
      },
    },
    ({ workspaceId, query }) => answer(funnelReport, workspaceId, query),
  )
  app.get(
    '/api/v1/reports/lifecycle',
    {
      config,
      schema: {
        tags,
        summary: 'How far the persons who first came in a month have come.',
        querystring,
        response: { 200: lifecycleAnswer },
      },
    },
    ({ workspaceId, query }) => answer(lifecycleReport, workspaceId, query),
  )
}

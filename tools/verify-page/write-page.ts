import { writeFileSync } from 'node:fs'
import { makePage, PAGE } from './make-page.ts'

writeFileSync(PAGE, makePage())

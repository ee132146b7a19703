#!/usr/bin/env node
import { runCli } from './run-cli.ts'
import { processShell } from './shell.ts'

// Set and not exited with: `serve` returns while its server runs on, and output that is still in the pipe is not cut off.
process.exitCode = await runCli(process.argv.slice(2), processShell())

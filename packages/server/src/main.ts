import { runServer } from './run-server.ts'

if (process.argv.length > 2) {
  process.stderr.write(
    'npm start takes no arguments: settings are HEED_… variables (docs/operate/settings.md), commands are `npm run heed -- --help`.\n',
  )
  process.exitCode = 2
} else {
  await runServer()
}

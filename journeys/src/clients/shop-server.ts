import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type ShopServer = {
  /** `/snippet/…` loads the SDK from Heed, `/package/…` carries the SDK's npm package; the rest of the path is anything. */
  readonly url: string
  readonly close: () => void
}

/** A web shop on a port of its own, so that its pages call Heed across origins as real ones do. */
export async function openShop(heed: {
  readonly url: string
  readonly writeKey: string
}): Promise<ShopServer> {
  const pages: Readonly<Record<string, string>> = {
    snippet: page(snippet(heed)),
    package: page(npmPackage(heed)),
    'sdk.js': await publishedSdk(),
  }
  const server = createServer((call, reply) => {
    const content = pages[call.url?.split('/')[1] ?? '']
    const type = call.url === '/sdk.js' ? 'text/javascript' : 'text/html; charset=utf-8'
    reply.writeHead(content === undefined ? 404 : 200, { 'content-type': type }).end(content)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const page = (head: string) =>
  `<!doctype html><html lang="en"><head><title>Shop</title>${head}</head><body>Shop</body></html>`

/** Segment's snippet as its users paste it, unminified; only the host differs, and `_cdn` because a test has no https. */
const snippet = ({ url, writeKey }: { url: string; writeKey: string }) => `<script>
  !function () {
    var analytics = window.analytics = window.analytics || [];
    if (analytics.initialize || analytics.invoked) return;
    analytics.invoked = true;
    analytics.methods = ['trackSubmit', 'trackClick', 'trackLink', 'trackForm', 'pageview', 'identify', 'reset', 'group',
      'track', 'ready', 'alias', 'debug', 'page', 'screen', 'once', 'off', 'on', 'addSourceMiddleware',
      'addIntegrationMiddleware', 'setAnonymousId', 'addDestinationMiddleware', 'register'];
    analytics.factory = function (method) {
      return function () {
        if (window.analytics.initialized) return window.analytics[method].apply(window.analytics, arguments);
        analytics.push([method].concat(Array.prototype.slice.call(arguments)));
        return analytics;
      };
    };
    analytics.methods.forEach(function (method) { analytics[method] = analytics.factory(method); });
    analytics.load = function (key, options) {
      var script = document.createElement('script');
      script.async = true;
      script.setAttribute('data-global-segment-analytics-key', 'analytics');
      script.src = '${url}/analytics.js/v1/' + key + '/analytics.min.js';
      var first = document.getElementsByTagName('script')[0];
      first.parentNode.insertBefore(script, first);
      analytics._loadOptions = options;
    };
    analytics._writeKey = '${writeKey}';
    analytics._cdn = '${url}';
    analytics.SNIPPET_VERSION = '5.2.0';
    analytics.load('${writeKey}');
    analytics.page();
  }();
</script>`

/** The npm package in a page of its own making, with several events in a call. */
const npmPackage = ({
  url,
  writeKey,
}: {
  url: string
  writeKey: string
}) => `<script src="/sdk.js"></script><script>
  var delivery = { deliveryStrategy: { strategy: 'batching', config: { size: 3, timeout: 150 } } };
  window.analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: '${writeKey}', cdnURL: '${url}' },
    { integrations: { 'Segment.io': delivery } },
  );
  window.analytics.page();
</script>`

function publishedSdk(): Promise<string> {
  const sdk = dirname(fileURLToPath(import.meta.resolve('@segment/analytics-next/package.json')))
  return readFile(join(sdk, 'dist', 'umd', 'index.js'), 'utf8')
}

FROM node:24-bookworm-slim

# tini reaps children: with Node as process 1, an embedded PostgreSQL that was killed stays as a zombie, and the next
# start finds its pid still taken.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /heed

# The manifests first, so that a change of the sources keeps the layer of the dependencies.
COPY package.json package-lock.json .npmrc ./
COPY packages/core/package.json packages/core/
COPY packages/protocol/package.json packages/protocol/
COPY packages/server/package.json packages/server/
COPY packages/sdk/package.json packages/sdk/
COPY packages/cli/package.json packages/cli/
COPY journeys/package.json journeys/
COPY bench/package.json bench/

# The image brings Node itself; the copies from the lock file are for machines with an older one.
RUN npm ci --omit=dev --ignore-scripts \
  && npm cache clean --force \
  && rm -rf node_modules/node-linux-* node_modules/node-bin-* node_modules/.bin/node

COPY packages packages
# The server shows it at /verify.
COPY docs/verify-receipt.html docs/

RUN install --directory --owner=node --group=node --mode=0700 /data

ENV NODE_ENV=production \
  HEED_HOST=0.0.0.0 \
  HEED_PORT=4600 \
  HEED_DATA_DIR=/data

# The embedded PostgreSQL refuses to run as root.
USER node
VOLUME /data
EXPOSE 4600

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEED_PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["tini", "--"]
# Half of the default room for young objects: 50 MB less for a big access export, and no slower to collect (bench/README.md).
CMD ["node", "--max-semi-space-size=8", "packages/server/src/main.ts"]

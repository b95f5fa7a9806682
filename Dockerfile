# The one image: the consumer, the compactor and every command. Node runs the TypeScript as it is; only the core of
# orc-writer-wasm is built. Exact version on purpose; pin the digest as well where images are mirrored.
ARG NODE_IMAGE=public.ecr.aws/docker/library/node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY orc-writer-wasm ./orc-writer-wasm
# Builds orc-writer-wasm when it is done; what only development needs goes again.
RUN npm ci --no-audit --no-fund && npm prune --omit=dev

FROM ${NODE_IMAGE}
# Nothing in here installs or builds anything.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn* /usr/local/bin/corepack
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/orc-writer-wasm/package.json /app/orc-writer-wasm/main.js ./orc-writer-wasm/
COPY --from=build /app/orc-writer-wasm/build ./orc-writer-wasm/build
COPY package.json settings.ts ./
COPY schemas ./schemas
COPY storage ./storage
COPY consumer ./consumer
COPY compactor ./compactor
COPY heal ./heal
COPY reprocess ./reprocess
COPY cli ./cli

# The root is read-only: what does not fit into memory goes to the one volume, encrypted.
ENV NODE_ENV=production CDI_SCRATCH_FOLDER=/scratch
RUN mkdir /scratch && chown node:node /scratch
VOLUME /scratch
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const port = process.env.CDI_HEALTH_PORT; if (port) fetch(`http://127.0.0.1:${port}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "cli/main.ts"]
CMD ["--help"]

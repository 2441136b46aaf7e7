# syntax=docker/dockerfile:1
# ocm in a container: docker build --tag ocm . && docker compose up --detach

# The package is made from the sources, as it is published.
FROM node:24-bookworm-slim AS build
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY . .
RUN npm pack --silent --pack-destination /tmp \
  && npm install --global --prefix /opt/ocm --no-audit --no-fund --ignore-scripts /tmp/ocm-*.tgz

FROM node:24-bookworm-slim
COPY --from=build /opt/ocm /opt/ocm
ENV PATH=/opt/ocm/bin:$PATH \
  OCM_DATA_DIR=/data \
  OCM_SSH_AGENT=none
# The account `node` of the image; a volume that is made here belongs to it.
RUN install --directory --owner=node --group=node --mode=0700 /data
USER node
WORKDIR /data
VOLUME /data
# The data can be read. What the bot finds on its nodes is said in Discord.
HEALTHCHECK --interval=5m --timeout=30s --start-period=1m --retries=2 \
  CMD ["ocm", "registry", "show"]
# `ocm start` passes a stop on and waits for the work under way; compose.yaml gives it an init and the time.
ENTRYPOINT ["ocm"]
CMD ["start"]

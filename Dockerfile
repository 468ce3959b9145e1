# Two images of one build: `service` runs the API, the runner, the gateway and the migrations; `web` serves the built front end
# and forwards /spooky to the gateway.

FROM node:24.21.0-slim AS build
WORKDIR /app
COPY . .
RUN npm ci
RUN npm run build

FROM build AS pruned
RUN npm prune --omit=dev

FROM node:24.21.0-slim AS service
WORKDIR /app
ENV NODE_ENV=production
COPY --from=pruned --chown=node:node /app /app
USER node
# docker-compose.yml sets the command: the API, `spooky runner`, `spooky gateway` or `spooky db migrate`.
CMD ["node", "--enable-source-maps", "apps/api/dist/main.js"]

FROM nginxinc/nginx-unprivileged:1.29-alpine AS web
COPY deploy/nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build /app/apps/web/dist /usr/share/nginx/html

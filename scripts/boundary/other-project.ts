/**
 * The owner's files of a project that has nothing in common with the demo: other tables, another access, backend and route.
 */
export const OTHER_PROJECT: Readonly<Record<string, string>> = {
  'sp00ky.yml': `surrealdb: { namespace: kitchen, database: recipes, path: .data/recipes }
schema: ./schema
backends:
  oven:
    type: http
    baseUrl: http://127.0.0.1:4000
    spec: ./openapi.yaml
    auth: { type: token, token: "\${OVEN_TOKEN}" }
    method: { type: outbox, table: bake, schema: ./schema/outbox/oven.surql }
`,
  'openapi.yaml': `openapi: 3.1.0
info: { title: An oven, version: 1.0.0 }
paths:
  /bake:
    post:
      requestBody:
        content:
          application/json:
            schema: { type: object, required: [minutes], properties: { minutes: { type: integer } } }
`,
  'schema/schema.surql': `DEFINE TABLE OVERWRITE cook SCHEMAFULL PERMISSIONS FOR select WHERE id = $auth.id FOR create, update, delete NONE;
DEFINE FIELD OVERWRITE pin ON cook TYPE string;
DEFINE ACCESS OVERWRITE staff ON DATABASE TYPE RECORD SIGNIN (SELECT * FROM cook WHERE pin = $pin);
DEFINE TABLE OVERWRITE recipe SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
DEFINE FIELD OVERWRITE steps ON recipe TYPE array<string>;
`,
};

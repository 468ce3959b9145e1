/** The request schema of each route of the fixture, by backend and path. */
export const REQUESTS = {
  api: {
    '/spookify': {
      type: 'object',
      additionalProperties: false,
      required: ['id'],
      properties: { id: { type: 'string', pattern: '^thread:.+$', maxLength: 256 } },
    },
  },
};

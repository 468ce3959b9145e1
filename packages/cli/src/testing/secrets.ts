/** The variables of a project whose secrets are all set, so that `spooky dev` generates none. */
export const SECRETS = {
  API_AUTH_TOKEN: 'token-of-the-test',
  SURREAL_USER: 'root',
  SURREAL_PASS: 'owner-of-the-test',
  SPOOKY_RUNNER_PASSWORD: 'runner-of-the-test',
  SPOOKY_GATEWAY_PASSWORD: 'gateway-of-the-test',
  SPOOKY_GATEWAY_KEY: 'key-of-the-gateways-of-the-tests-000',
  SPOOKY_API_PASSWORD: 'api-of-the-test',
};

/*
 * For the file of compiled request schemas that `spooky generate` writes. A page loads both with its first job.
 */
export { payloadIssues } from '@spookify/config/payload-verdict';

import { newOutboxFile } from '../outbox/index.ts';

/** Users with accounts, and the threads that they own. */
const APPLICATION = `
DEFINE TABLE user SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
DEFINE FIELD username ON user TYPE string;

DEFINE TABLE credential SCHEMAFULL PERMISSIONS NONE;
DEFINE FIELD user ON credential TYPE record<user>;
DEFINE FIELD password ON credential TYPE string;

DEFINE ACCESS account ON DATABASE TYPE RECORD
  SIGNUP {
    LET $user = (CREATE ONLY user SET username = $username);
    CREATE type::record('credential', $username) SET user = $user.id, password = crypto::argon2::generate($password);
    RETURN $user;
  }
  SIGNIN {
    RETURN (SELECT VALUE user FROM type::record('credential', <string> $username)
      WHERE crypto::argon2::compare(password, <string> $password))[0];
  };

DEFINE TABLE thread SCHEMAFULL
  PERMISSIONS FOR select WHERE $auth.id != NONE FOR create WHERE $auth.id != NONE AND author = $auth.id FOR update, delete NONE;
DEFINE FIELD title ON thread TYPE string;
DEFINE FIELD content ON thread TYPE string;
DEFINE FIELD author ON thread TYPE record<user> DEFAULT $auth.id READONLY;
DEFINE EVENT thread_deleted ON thread WHEN $event = 'DELETE' THEN {
  LET $thread = $before.id;
  DELETE job WHERE assigned_to = $thread;
};
`;

/** Only the author of a thread may start jobs for it. */
const RULE = `DEFINE FIELD OVERWRITE created_by ON job TYPE option<record<user>> DEFAULT $auth.id READONLY;
DEFINE FIELD OVERWRITE assigned_to ON job TYPE option<record<thread>> READONLY;
DEFINE FUNCTION OVERWRITE fn::job::may_assign($job: object) {
  RETURN $auth.id != NONE AND $job.assigned_to.author = $auth.id;
};
`;

/** The database of the runner's tests: a small application, and the outbox as `spooky outbox add` writes it. */
export const TEST_SCHEMA = APPLICATION + newOutboxFile({ backend: 'api', table: 'job' }, RULE);

/** The database of the client's tests: people, threads that everyone reads, private suggestions, comments, and an outbox. */
export const FIXTURE_SCHEMA = `
DEFINE TABLE user TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
DEFINE FIELD username ON user TYPE string READONLY;
DEFINE FIELD created_at ON user TYPE datetime VALUE $before ?? time::now() READONLY;

DEFINE TABLE credential TYPE NORMAL SCHEMAFULL PERMISSIONS NONE;
DEFINE FIELD user ON credential TYPE record<user> READONLY;
DEFINE FIELD password ON credential TYPE string;

DEFINE ACCESS account ON DATABASE TYPE RECORD
  SIGNUP {
    IF !type::is_string($password) OR string::len($password) < 8 { THROW 'password-too-short' };
    IF !type::is_string($username) OR !string::matches($username, '^[A-Za-z0-9_-]{3,32}$') { THROW 'username-invalid' };
    LET $credential = type::record('credential', string::lowercase($username));
    IF $credential.user != NONE { THROW 'username-taken' };
    LET $user = (CREATE ONLY user SET username = $username);
    CREATE $credential SET user = $user.id, password = crypto::argon2::generate($password);
    RETURN $user;
  }
  SIGNIN {
    RETURN (
      SELECT VALUE user FROM type::record('credential', string::lowercase(<string> $username))
      WHERE crypto::argon2::compare(password, <string> $password)
    )[0];
  }
  DURATION FOR TOKEN 15m, FOR SESSION 12h;

DEFINE TABLE thread TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE
    FOR create WHERE $auth.id != NONE AND author = $auth.id
    FOR update, delete WHERE $auth.id != NONE AND author = $auth.id;
DEFINE FIELD title ON thread TYPE string VALUE string::trim($value) ASSERT string::len($value) >= 1;
DEFINE FIELD content ON thread TYPE string;
DEFINE FIELD author ON thread TYPE record<user> DEFAULT $auth.id READONLY;
DEFINE FIELD created_at ON thread TYPE datetime VALUE $before ?? time::now();
DEFINE INDEX thread_created_at ON thread FIELDS created_at;
DEFINE INDEX thread_author ON thread FIELDS author;
DEFINE EVENT thread_deleted ON thread WHEN $event = 'DELETE' THEN {
  LET $thread = $before.id;
  DELETE suggestion WHERE thread = $thread;
  DELETE comment WHERE thread = $thread;
  DELETE job WHERE assigned_to = $thread;
};

DEFINE TABLE suggestion TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select, update, delete WHERE $auth.id != NONE AND thread.author = $auth.id FOR create NONE;
DEFINE FIELD thread ON suggestion TYPE record<thread> READONLY;
DEFINE FIELD title ON suggestion TYPE option<string>;
DEFINE FIELD content ON suggestion TYPE option<string>;
DEFINE FIELD written_by ON suggestion TYPE string;
DEFINE INDEX suggestion_thread ON suggestion FIELDS thread UNIQUE;

DEFINE TABLE comment TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE
    FOR create, delete WHERE $auth.id != NONE AND author = $auth.id
    FOR update NONE;
DEFINE FIELD thread ON comment TYPE record<thread> READONLY;
DEFINE FIELD content ON comment TYPE string;
DEFINE FIELD author ON comment TYPE record<user> DEFAULT $auth.id READONLY;
DEFINE FIELD created_at ON comment TYPE datetime VALUE $before ?? time::now();
DEFINE INDEX comment_thread_created_at ON comment FIELDS thread, created_at;

DEFINE TABLE job TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE AND (created_by = $auth.id OR assigned_to.author = $auth.id)
    FOR create WHERE $auth.id != NONE AND created_by = $auth.id
      AND (assigned_to = NONE OR assigned_to.author = $auth.id) AND status = 'pending' AND retries = 0
      AND run_at > time::now() - 5s AND run_at <= time::now() + 365d
    FOR update WHERE $auth.id != NONE AND created_by = $auth.id AND status = 'pending' AND retries = 0
    FOR delete NONE;
DEFINE FIELD assigned_to ON job TYPE option<record<thread>> READONLY;
DEFINE FIELD path ON job TYPE string READONLY;
DEFINE FIELD payload ON job TYPE object FLEXIBLE DEFAULT {} READONLY;
DEFINE FIELD max_retries ON job TYPE int DEFAULT 3 READONLY;
DEFINE FIELD retry_strategy ON job TYPE 'linear' | 'exponential' DEFAULT 'linear' READONLY;
DEFINE FIELD timeout ON job TYPE option<duration> READONLY;
DEFINE FIELD unique_key ON job TYPE option<string> READONLY;
DEFINE FIELD active_key ON job TYPE option<string>
  DEFAULT fn::job::active_key($auth.id ?? created_by, path, unique_key);
DEFINE FUNCTION fn::job::active_key($person: option<record>, $path: string, $unique_key: option<string>) {
  RETURN IF $unique_key = NONE { NONE } ELSE { <string> [$person, $path, $unique_key] };
};
DEFINE FIELD request ON job TYPE option<'cancel' | 'retry'>;
DEFINE FIELD status ON job TYPE 'pending' | 'processing' | 'success' | 'failed' DEFAULT 'pending';
DEFINE FIELD run_at ON job TYPE datetime DEFAULT time::now();
DEFINE FIELD retries ON job TYPE int DEFAULT 0;
DEFINE FIELD errors ON job TYPE array<object> DEFAULT [];
DEFINE FIELD OVERWRITE errors.* ON job TYPE object FLEXIBLE;
DEFINE FIELD result ON job TYPE any;
DEFINE FIELD progress ON job TYPE option<object> FLEXIBLE;
DEFINE FIELD created_by ON job TYPE option<record<user>> DEFAULT $auth.id READONLY;
DEFINE FIELD created_at ON job TYPE datetime DEFAULT time::now() READONLY;
DEFINE FIELD updated_at ON job TYPE datetime VALUE time::now();
DEFINE INDEX job_active_key ON job FIELDS active_key UNIQUE;
DEFINE INDEX job_assigned_to_created_at ON job FIELDS assigned_to, created_at;
`;

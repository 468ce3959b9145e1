/*
 * A small application for tests: people, teams, projects, tasks, private notes, and an outbox. It contains every form
 * of permission that the gateway must support.
 */
export const TEST_SCHEMA = `
DEFINE TABLE person TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
DEFINE FIELD name ON person TYPE string;
DEFINE FIELD team ON person TYPE option<record<team>>;
DEFINE FIELD hidden ON person TYPE option<string> PERMISSIONS FOR select NONE;
DEFINE INDEX person_name ON person FIELDS name UNIQUE;
DEFINE INDEX person_team ON person FIELDS team;

DEFINE TABLE credential TYPE NORMAL SCHEMAFULL PERMISSIONS NONE;
DEFINE FIELD person ON credential TYPE record<person>;
DEFINE FIELD password ON credential TYPE string;

DEFINE ACCESS account ON DATABASE TYPE RECORD
  SIGNUP {
    IF string::len($password) < 8 { THROW 'password-too-short' };
    IF record::exists(type::record('credential', $name)) { THROW 'name-taken' };
    LET $person = (CREATE ONLY person SET name = $name);
    CREATE type::record('credential', $name) SET person = $person.id, password = crypto::argon2::generate($password);
    RETURN $person;
  }
  SIGNIN {
    RETURN (SELECT VALUE person FROM type::record('credential', <string> $name)
      WHERE crypto::argon2::compare(password, <string> $password))[0];
  }
  DURATION FOR TOKEN 15m, FOR SESSION 12h;

DEFINE TABLE team TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select WHERE $auth.id != NONE AND $auth.team = id FOR create, update, delete NONE;
DEFINE FIELD title ON team TYPE string;

DEFINE TABLE project TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE AND (owner = $auth.id OR is_public = true)
    FOR create WHERE $auth.id != NONE AND owner = $auth.id
    FOR update, delete WHERE $auth.id != NONE AND owner = $auth.id;
DEFINE FIELD title ON project TYPE string ASSERT string::len($value) <= 200;
DEFINE FIELD owner ON project TYPE record<person> DEFAULT $auth.id READONLY;
DEFINE FIELD is_public ON project TYPE bool DEFAULT false;
DEFINE FIELD position ON project TYPE option<int>;
DEFINE FIELD created_at ON project TYPE datetime VALUE $before ?? time::now();
DEFINE INDEX project_owner ON project FIELDS owner;
DEFINE INDEX project_created_at ON project FIELDS created_at;

-- Its permission follows a record: who may see the project sees its tasks.
DEFINE TABLE task TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE AND (project.owner = $auth.id OR project.is_public = true)
    FOR create, update, delete WHERE $auth.id != NONE AND project.owner = $auth.id;
DEFINE FIELD project ON task TYPE record<project> READONLY;
DEFINE FIELD title ON task TYPE string;
DEFINE FIELD done ON task TYPE bool DEFAULT false;
DEFINE FIELD labels ON task TYPE array<string> DEFAULT [];
DEFINE FIELD extra ON task TYPE any;
DEFINE FIELD position ON task TYPE option<number>;
DEFINE INDEX task_project ON task FIELDS project, position;

DEFINE TABLE note TYPE NORMAL SCHEMALESS
  PERMISSIONS FOR select, create, update, delete WHERE fn::is_mine($this);
DEFINE FIELD author ON note TYPE option<record<person>> DEFAULT $auth.id READONLY;
DEFINE INDEX note_author ON note FIELDS author;
DEFINE FUNCTION fn::is_mine($row: object) { RETURN $auth.id != NONE AND $row.author = $auth.id; };

-- A permission that only the engine can decide.
DEFINE TABLE riddle TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select WHERE $auth.id != NONE AND count((SELECT id FROM project WHERE owner = $auth.id)) > 0
  FOR create, update, delete NONE;
DEFINE FIELD text ON riddle TYPE string;

DEFINE TABLE work TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE AND (created_by = $auth.id OR assigned_to.owner = $auth.id)
    FOR create WHERE $auth.id != NONE AND created_by = $auth.id
      AND (assigned_to = NONE OR assigned_to.owner = $auth.id) AND status = 'pending'
      AND run_at > time::now() - 5s AND run_at <= time::now() + 365d
    FOR update, delete NONE;
DEFINE FIELD assigned_to ON work TYPE option<record<project>> READONLY;
DEFINE FIELD path ON work TYPE string READONLY;
DEFINE FIELD payload ON work TYPE object FLEXIBLE DEFAULT {} READONLY;
DEFINE FIELD max_retries ON work TYPE int DEFAULT 3 READONLY;
DEFINE FIELD retry_strategy ON work TYPE string DEFAULT 'linear' READONLY;
DEFINE FIELD timeout ON work TYPE option<duration> READONLY;
DEFINE FIELD unique_key ON work TYPE option<string> READONLY;
DEFINE FIELD active_key ON work TYPE option<string>
  DEFAULT fn::work::active_key($auth.id ?? created_by, path, unique_key);
DEFINE FUNCTION fn::work::active_key($person: option<record>, $path: string, $unique_key: option<string>) {
  RETURN IF $unique_key = NONE { NONE } ELSE { <string> [$person, $path, $unique_key] };
};
DEFINE FIELD status ON work TYPE string DEFAULT 'pending';
DEFINE FIELD run_at ON work TYPE datetime DEFAULT time::now();
DEFINE FIELD created_by ON work TYPE option<record<person>> DEFAULT $auth.id READONLY;
DEFINE FIELD created_at ON work TYPE datetime DEFAULT time::now() READONLY;
DEFINE INDEX work_active_key ON work FIELDS active_key UNIQUE;
DEFINE INDEX work_assigned_to ON work FIELDS assigned_to, created_at;
`;

/**
 * The application of the soak. Every row has a `version`, which its writer raises with each change, and every private
 * row names its owner, so that any frame can be checked without other knowledge.
 */
export const SOAK_SCHEMA = `
DEFINE TABLE person TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
DEFINE FIELD name ON person TYPE string;
DEFINE FIELD secret ON person TYPE string PERMISSIONS FOR select NONE;
DEFINE FIELD version ON person TYPE int DEFAULT 0;

-- A cheap hash. A real one would make this a test of argon2.
DEFINE ACCESS account ON DATABASE TYPE RECORD
  SIGNUP (CREATE type::record('person', $name) SET name = $name, secret = crypto::sha256($password))
  SIGNIN (SELECT * FROM type::record('person', <string> $name) WHERE secret = crypto::sha256($password))
  DURATION FOR TOKEN 15m, FOR SESSION 12h;

DEFINE TABLE note TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select, create, update, delete WHERE $auth.id != NONE AND owner = $auth.id;
DEFINE FIELD owner ON note TYPE record<person>;
DEFINE FIELD amount ON note TYPE option<int>;
DEFINE FIELD version ON note TYPE int;
DEFINE INDEX note_owner ON note FIELDS owner;

DEFINE TABLE parcel TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select WHERE $auth.id != NONE AND owner = $auth.id FOR create, update, delete NONE;
DEFINE FIELD owner ON parcel TYPE record<person>;
DEFINE FIELD version ON parcel TYPE int;
DEFINE INDEX parcel_owner ON parcel FIELDS owner;

DEFINE TABLE board TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE AND (owner = $auth.id OR is_public = true)
    FOR create, update, delete WHERE $auth.id != NONE AND owner = $auth.id;
DEFINE FIELD owner ON board TYPE record<person>;
DEFINE FIELD is_public ON board TYPE bool;
DEFINE FIELD version ON board TYPE int;
DEFINE INDEX board_owner ON board FIELDS owner;

-- Its permission follows a record: who may see the board sees its cards.
DEFINE TABLE card TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE AND (board.owner = $auth.id OR board.is_public = true)
    FOR create, update, delete WHERE $auth.id != NONE AND board.owner = $auth.id;
DEFINE FIELD board ON card TYPE record<board>;
DEFINE FIELD owner ON card TYPE record<person>;
DEFINE FIELD rank ON card TYPE int;
DEFINE FIELD version ON card TYPE int;
DEFINE INDEX card_board ON card FIELDS board, rank;
DEFINE INDEX card_owner ON card FIELDS owner;

DEFINE TABLE message TYPE NORMAL SCHEMAFULL
  PERMISSIONS
    FOR select WHERE $auth.id != NONE
    FOR create, update, delete WHERE $auth.id != NONE AND author = $auth.id;
DEFINE FIELD author ON message TYPE record<person>;
DEFINE FIELD sent ON message TYPE int;
DEFINE FIELD version ON message TYPE int;
DEFINE INDEX message_sent ON message FIELDS sent;

-- Large rows, for readers that do not keep up.
DEFINE TABLE poster TYPE NORMAL SCHEMAFULL PERMISSIONS FOR select WHERE $auth.id != NONE FOR create, update, delete NONE;
DEFINE FIELD place ON poster TYPE int;
DEFINE FIELD text ON poster TYPE string;
DEFINE FIELD version ON poster TYPE int;

-- A permission that only the engine can decide.
DEFINE TABLE riddle TYPE NORMAL SCHEMAFULL
  PERMISSIONS FOR select WHERE $auth.id != NONE AND count((SELECT id FROM board WHERE owner = $auth.id)) > 0
  FOR create, update, delete NONE;
DEFINE FIELD version ON riddle TYPE int;
`;

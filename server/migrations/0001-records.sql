-- The log's end: how many leaves it has, the time of the last one, and how often something was changed that is not
-- in the log. Whoever writes holds this row; so places are given in the order of commits, by one process at a time.
CREATE TABLE head (
    id bigint PRIMARY KEY,
    size bigint NOT NULL,
    taken bigint NOT NULL,
    epoch bigint NOT NULL
);
INSERT INTO head VALUES (1, 0, 0, 0);

-- Events by their place in the log, so that rows are only ever appended.
CREATE TABLE event (
    place bigint PRIMARY KEY,
    taken bigint NOT NULL,
    near bigint NOT NULL,
    seq bigint NOT NULL,
    hlc bigint NOT NULL,
    sub bytea NOT NULL,
    dev bytea NOT NULL,
    hash bytea NOT NULL,
    acct text NOT NULL,
    body text
);
CREATE INDEX event_near ON event (near, seq) WHERE near <> 0;
CREATE INDEX event_acct ON event (acct, place) WHERE acct <> '';

-- Full tiles of the log. What is not full yet follows from the tiles and events after them.
CREATE TABLE tile (
    level bigint NOT NULL,
    at bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, at)
);

CREATE TABLE erased (sub bytea PRIMARY KEY, at bigint NOT NULL);

-- Tokens that have linked, as long as they could be used again.
CREATE TABLE spent (token bytea PRIMARY KEY, exp bigint NOT NULL);

CREATE TABLE notice (hash bytea PRIMARY KEY, taken bigint NOT NULL, body text NOT NULL);

CREATE TABLE meta (name text PRIMARY KEY, value bytea NOT NULL);

//! What the database is asked. All of it is prepared once for each connection.

use tokio_postgres::{Client, Error, Statement};

/// The statements of a connection.
pub(super) trait Statements: Sized {
    /// Prepares all of them in one round trip.
    fn prepare(client: &Client) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// Those of the one who writes.
#[derive(Clone, Debug)]
pub(super) struct Writing {
    pub head: Statement,
    pub hold: Statement,
    pub around: Statement,
    pub append: Statement,
    pub append_more: Statement,
    pub since: Statement,
    pub tiles: Statement,
}

/// Those of readers.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub tile: Statement,
    pub subject: Statement,
    pub account_events: Statement,
    pub account: Statement,
    pub notice: Statement,
}

impl Statements for Writing {
    async fn prepare(client: &Client) -> Result<Writing, Error> {
        let (head, hold, around, append, append_more, since, tiles) = tokio::try_join!(
            client.prepare(HEAD),
            client.prepare(HOLD),
            client.prepare(AROUND),
            client.prepare(APPEND),
            client.prepare(APPEND_MORE),
            client.prepare(SINCE),
            client.prepare(TILES),
        )?;
        Ok(Writing {
            head,
            hold,
            around,
            append,
            append_more,
            since,
            tiles,
        })
    }
}

impl Statements for Reading {
    async fn prepare(client: &Client) -> Result<Reading, Error> {
        let (tile, subject, account_events, account, notice) = tokio::try_join!(
            client.prepare(TILE),
            client.prepare(SUBJECT),
            client.prepare(ACCOUNT_EVENTS),
            client.prepare(ACCOUNT),
            client.prepare(NOTICE),
        )?;
        Ok(Reading {
            tile,
            subject,
            account_events,
            account,
            notice,
        })
    }
}

const HEAD: &str = "SELECT size, taken, epoch FROM head WHERE id = 1";
const HOLD: &str = "SELECT size, taken, epoch FROM head WHERE id = 1 FOR UPDATE";
/// Runs of neighbours in chains, which of some subjects were erased, and which of some tokens have linked.
///
/// `OFFSET 0` changes nothing but the plan: as a plain join, it goes through the whole index and looks for what is wanted
/// in each row, if it was made while there were few.
const AROUND: &str = "
    SELECT e.seq, e.place, e.taken, e.sub, e.dev, e.hash, e.acct
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[]) AS w (near, low, high, sub)
    CROSS JOIN LATERAL (
        SELECT seq, place, taken, sub, dev, hash, acct FROM event
        WHERE near = w.near AND near <> 0 AND seq BETWEEN w.low AND w.high AND sub = w.sub OFFSET 0
    ) AS e
    UNION ALL SELECT -1, 0, 0, sub, '', '', '' FROM erased WHERE sub = ANY ($4::bytea[])
    UNION ALL SELECT -2, 0, 0, '', '', token, '' FROM spent WHERE token = ANY ($5::bytea[])";
/// All of it or nothing: nothing if the log does not end where it was thought to end.
macro_rules! append {
    ($more:literal) => {
        concat!(
            "WITH mine AS (
                UPDATE head SET size = $2, taken = $3 WHERE id = 1 AND size = $1 AND epoch = $4 RETURNING id
            ), events AS (
                INSERT INTO event (place, taken, near, seq, hlc, sub, dev, hash, acct, body)
                SELECT $1 + w.nr - 1, $3, w.near, w.seq, w.hlc, w.sub, w.dev, w.hash, w.acct, w.body
                FROM mine, unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[], $10::bytea[],
                    $11::text[], $12::text[]) WITH ORDINALITY AS w (near, seq, hlc, sub, dev, hash, acct, body, nr)
            )",
            $more,
            " SELECT count(*) FROM mine"
        )
    };
}
const APPEND: &str = append!("");
/// With full tiles, and tokens that have linked.
const APPEND_MORE: &str = append!(
    ", tiles AS (
        INSERT INTO tile (level, at, hashes)
        SELECT w.level, w.at, w.hashes
        FROM mine, unnest($13::bigint[], $14::bigint[], $15::bytea[]) AS w (level, at, hashes)
    ), tokens AS (
        INSERT INTO spent (token, exp)
        SELECT w.token, w.exp FROM mine, unnest($16::bytea[], $17::bigint[]) AS w (token, exp)
        ON CONFLICT (token) DO NOTHING
    )"
);
const SINCE: &str =
    "SELECT place, taken, sub, hash, acct FROM event WHERE place >= $1 ORDER BY place LIMIT $2";
const TILES: &str = "SELECT at, hashes FROM tile WHERE level = $1 AND at >= $2 AND at < $3";
const TILE: &str = "SELECT hashes FROM tile WHERE level = $1 AND at = $2";
const SUBJECT: &str = "
    SELECT place, taken, hash, body FROM event WHERE near = $1 AND near <> 0 AND sub = $2 AND place >= $3
    ORDER BY place LIMIT $4";
const ACCOUNT_EVENTS: &str = "
    SELECT place, taken, hash, body FROM event WHERE near = $1 AND near <> 0 AND sub = $2 AND place >= $3
    UNION SELECT place, taken, hash, body FROM event WHERE acct <> '' AND acct = $5 AND place >= $3
    ORDER BY place LIMIT $4";
const ACCOUNT: &str =
    "SELECT acct FROM event WHERE near = $1 AND near <> 0 AND sub = $2 ORDER BY seq DESC, place DESC LIMIT 1";
const NOTICE: &str = "SELECT taken, body FROM notice WHERE hash = $1";

//! What can go wrong on the way to the database, by what helps against it.

use std::error::Error as _;

use tokio_postgres::error::{DbError, SqlState};

use super::super::kept::Unavailable;

#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// Another process was quicker. What was judged has to be judged again.
    Moved,
    /// The connection is gone, and nobody knows what became of the last that was asked over it.
    Lost(Unavailable),
    /// The database refuses.
    Refused(Unavailable),
}

impl Trouble {
    /// Nothing was answered in time.
    pub(super) fn stuck() -> Trouble {
        Trouble::Lost(Unavailable("the database does not answer".into()))
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Trouble {
        let Some(answer) = error.as_db_error() else {
            let why = error.source().map_or(String::new(), |it| format!(": {it}"));
            return Trouble::Lost(Unavailable(format!("{error}{why}")));
        };
        // Details may hold what was asked about.
        let said = Unavailable(format!("{} ({})", answer.message(), answer.code().code()));
        match answer.code() {
            code if is_moved(code) => Trouble::Moved,
            _ if is_lost(answer) => Trouble::Lost(said),
            _ => Trouble::Refused(said),
        }
    }
}

fn is_moved(code: &SqlState) -> bool {
    [
        &SqlState::T_R_SERIALIZATION_FAILURE,
        &SqlState::T_R_DEADLOCK_DETECTED,
        &SqlState::UNIQUE_VIOLATION,
        &SqlState::LOCK_NOT_AVAILABLE,
    ]
    .contains(&code)
}

/// Whether another connection may do better: the server ends, starts, or has become one that only reads.
fn is_lost(answer: &DbError) -> bool {
    let code = answer.code().code();
    code.starts_with("08")
        || code.starts_with("57P")
        || ["25P03", "25006", "40003", "53300"].contains(&code)
        || matches!(answer.severity(), "FATAL" | "PANIC")
}

impl From<Trouble> for Unavailable {
    fn from(trouble: Trouble) -> Unavailable {
        match trouble {
            Trouble::Moved => Unavailable("other processes were quicker".into()),
            Trouble::Lost(why) | Trouble::Refused(why) => why,
        }
    }
}

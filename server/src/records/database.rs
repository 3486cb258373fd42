//! Which database is meant.

use std::fmt;
use std::path::{Path, PathBuf};

/// The database that keeps records.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// The embedded one: a file, made where there is none, for one process.
    Sqlite(PathBuf),
    /// `PostgreSQL`, or what speaks like it, which several processes share: a URL.
    Postgres(String),
}

impl From<&str> for Database {
    /// `postgres://…` or `postgresql://…`; anything else is a path.
    fn from(text: &str) -> Database {
        let is_url = ["postgres://", "postgresql://"].iter().any(|it| text.starts_with(it));
        if is_url {
            Database::Postgres(text.to_owned())
        } else {
            Database::Sqlite(text.into())
        }
    }
}

impl From<String> for Database {
    fn from(text: String) -> Database {
        text.as_str().into()
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Database {
        Database::Sqlite(path)
    }
}

impl From<&Path> for Database {
    fn from(path: &Path) -> Database {
        Database::Sqlite(path.into())
    }
}

impl fmt::Debug for Database {
    /// A URL may have a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Database::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

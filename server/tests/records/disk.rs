//! What is still on the disk.

use std::time::Duration;

use mixus_privacy_cluster::Cluster;
use mixus_privacy_server::Database;

use crate::Kept;

/// Every table of the database as it is read from the disk: what is compressed there could not be searched.
const OPEN: &str = "
    CREATE EXTENSION IF NOT EXISTS pageinspect;
    ALTER TABLE mixus_privacy.event ALTER body SET STORAGE EXTERNAL";

/// Tables, with what they keep of long values, and their pages, with rows that are no longer seen.
const SEARCH: &str = "
    WITH own AS (
        SELECT c.oid, c.reltoastrelid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'mixus_privacy' AND c.relkind = 'r'
    ), tables AS (SELECT oid FROM own UNION SELECT reltoastrelid FROM own WHERE reltoastrelid <> 0)
    SELECT EXISTS (
        SELECT 1 FROM tables, generate_series(0, pg_relation_size(oid) / 8192 - 1) AS page,
            heap_page_items(get_raw_page(oid::regclass::text, page)) WHERE position(";

/// Makes a database searchable, before anything is in it.
pub(crate) fn lay_open(kept: &Kept) {
    if let Database::Postgres(url) = &kept.database {
        execute(url, OPEN);
    }
}

fn execute(url: &str, statements: &str) -> String {
    let name = url.rsplit('/').next().expect("a name");
    Cluster::shared()
        .and_then(|it| it.execute(name, statements))
        .expect("an answer")
}

/// Whether some bytes are anywhere on the disk.
pub(crate) fn on_disk(kept: &Kept, wanted: &[u8]) -> bool {
    search(&kept.database, wanted)
}

fn search(database: &Database, wanted: &[u8]) -> bool {
    match database {
        Database::Sqlite(path) => {
            let folder = path.parent().expect("a folder");
            let entries = std::fs::read_dir(folder).expect("a folder");
            let files = entries.map(|it| std::fs::read(it.expect("a file").path()).expect("a file"));
            files.into_iter().any(|file| file.windows(wanted.len()).any(|it| it == wanted))
        }
        Database::Postgres(url) => {
            let hex = wanted.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            execute(url, &format!("{SEARCH}'\\x{hex}'::bytea IN t_data) > 0)")) == "t"
        }
    }
}

/// Waits until something is nowhere on the disk any more.
pub(crate) async fn gone(kept: &Kept, wanted: &[u8]) {
    let database = kept.database.clone();
    let wanted = wanted.to_owned();
    let looking = tokio::task::spawn_blocking(move || while search(&database, &wanted) {});
    tokio::time::timeout(Duration::from_secs(60), looking)
        .await
        .expect("it is still there")
        .expect("a search");
}

//! What the process is for: to serve, or to look at what was kept.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use mixus_privacy::ledger::{LONGEST_RECEIPT, Receipt, checkpoint_of, read_verifier_key, text};
use mixus_privacy_server::audit::{Against, Database, Summary, audit};
use mixus_privacy_server::{Records, verify};

use tokio::runtime::Runtime;

use crate::Failure;
use crate::options::{LogName, Options};

/// Keeps records of consent: takes them in, proves them, hands them back.
///
/// Every option can also stand in the environment, under the name that is shown, or in a file of TOML,
/// under its long name. Flags count before the environment, and that before the file.
#[derive(Debug, Parser)]
#[command(
    name = "mixus-privacy-server",
    version,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) serve: Options,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(Box<Options>),
    Key(Key),
    Verify(Verify),
    Audit(Audit),
}

/// Prints the log's verifier key, with which anyone verifies its checkpoints. No server has to run.
#[derive(Debug, Args)]
pub(crate) struct Key {
    /// A file with options.
    #[arg(long, env = "MIXUS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// The database. [default: privacy.db]
    #[arg(long, env = "MIXUS_DATABASE", value_name = "PATH or URL")]
    database: Option<String>,

    /// The log's name. [default: localhost/log]
    #[arg(long, env = "MIXUS_ORIGIN", value_name = "NAME")]
    origin: Option<LogName>,

    /// The log's own key, if it is not in the database.
    #[arg(long = "key-file", env = "MIXUS_KEY_FILE", value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Says what receipts prove. No server is asked.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Receipts, as JSON; `-` reads one from the standard input.
    #[arg(required = true, value_name = "FILE")]
    receipts: Vec<PathBuf>,

    /// The log's verifier key: the server tells it when it starts.
    #[arg(long, env = "MIXUS_KEY", value_name = "NAME+ID+KEY")]
    key: String,
}

/// Looks through a whole database, and tells every fault. Nothing is written, and no server has to run.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// The database.
    #[arg(long, env = "MIXUS_DATABASE", value_name = "PATH or URL")]
    database: PathBuf,

    /// Checkpoints that somebody has kept, as the server signed them. Only against one can be told whether
    /// everything was written anew, or the end is missing.
    #[arg(long, value_name = "FILE", requires = "key")]
    checkpoint: Vec<PathBuf>,

    /// The log's verifier key.
    #[arg(long, env = "MIXUS_KEY", value_name = "NAME+ID+KEY")]
    key: Option<String>,
}

/// Reads a file that should not be longer than this; what is, is no longer what it should be.
fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = most as u64 + 1;
    if path.as_os_str() == "-" {
        io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

impl Key {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let options = Options::of(self.config, self.database, self.origin, self.file);
        let settings = options.merged()?.settings();
        println!("{}", Runtime::new()?.block_on(Records::verifier_key_of(&settings))?);
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    pub(crate) fn run(&self) -> ExitCode {
        let mut done = ExitCode::SUCCESS;
        for path in &self.receipts {
            let name = path.display();
            match self.one(path) {
                Ok(words) => print!("{name}: proved\n{words}"),
                Err(why) => {
                    println!("{name}: {why}");
                    done = ExitCode::FAILURE;
                }
            }
        }
        done
    }

    fn one(&self, path: &Path) -> Result<String, String> {
        let bytes = read(path, LONGEST_RECEIPT).map_err(|error| error.to_string())?;
        // What is no text is no receipt.
        let text = String::from_utf8(bytes).unwrap_or_default();
        let receipt = Receipt::read(&text);
        let proved = receipt.and_then(|it| verify::verified(&it, &self.key).map(|it| verify::words(&it)));
        proved.map_err(|it| format!("{} ({})", it.code(), it.member()).replace(" ()", ""))
    }
}

impl Audit {
    pub(crate) fn run(&self) -> Result<ExitCode, Failure> {
        let against = self.against()?;
        let database = Database::open(&self.database)?;
        let summary = audit(&database, &against, &mut |fault| println!("{fault}"))?;
        print!("{}", said(&summary, against.checkpoints.len()));
        Ok(if summary.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn against(&self) -> Result<Against<'static>, Failure> {
        let mut against = Against::default();
        let Some(key) = &self.key else { return Ok(against) };
        against.key = Some(read_verifier_key(key).ok_or("--key is no verifier key")?.1);
        for path in &self.checkpoint {
            let named = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
            let note = String::from_utf8(read(path, LONGEST_RECEIPT).map_err(|error| named(&error))?)?;
            let (checkpoint, signatures) = checkpoint_of(&note, key).map_err(|error| named(&error))?;
            if !signatures.iter().all(verify::is_signed_by_key) {
                return Err(named(&"receipt/signature").into());
            }
            against.checkpoints.push(checkpoint);
        }
        Ok(against)
    }
}

fn said(it: &Summary, checkpoints: usize) -> String {
    let many = |number: u64, name: &str| match number {
        1 => format!("1 {name}"),
        _ => format!("{number} {name}s"),
    };
    let root = it.root.as_ref().map_or_else(|| "cannot be told".to_owned(), |root| text(root));
    let held = match checkpoints {
        0 => "no checkpoint: whether all was written anew, or the end is missing, cannot be told".to_owned(),
        _ => many(checkpoints as u64, "checkpoint"),
    };
    format!(
        "{}, of which {} have lost their body; {}, {}\nroot {root}\nheld against {held}\n{}\n",
        many(it.events, "event"),
        it.erased,
        many(it.tiles, "tile"),
        many(it.notices, "document"),
        many(it.faults, "fault"),
    )
}

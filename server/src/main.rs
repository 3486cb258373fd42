//! `mixus-privacy-server`: keeps records of consent, and proves them.

mod commands;
mod options;

use std::panic;
use std::process::ExitCode;

use futures_util::future::FutureExt as _;
use mixus_privacy_server::Records;
use tokio::net::TcpListener;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use commands::Command;
use options::{Level, Options};

/// A request allocates some fifty times; this makes a tenth of its cost go away.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let line = options::parse();
    let done = match line.command {
        Some(Command::Verify(verify)) => Ok(verify.run()),
        Some(Command::Audit(audit)) => audit.run(),
        Some(Command::Key(key)) => key.run(),
        Some(Command::Serve(options)) => run(*options),
        None => run(line.serve),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mixus-privacy-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<ExitCode, Failure> {
    let options = options.merged()?;
    log(options.log.unwrap_or(Level::Info));
    for name in options::strangers() {
        tracing::warn!(name, "this is in the environment, and no option");
    }
    tokio::runtime::Runtime::new()?.block_on(serve(options))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a line of JSON for each thing that happened to the standard error. Libraries are not asked: what they have to
/// say may hold what they were given.
fn log(level: Level) {
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(Targets::new().with_target("mixus_privacy_server", level))
        .init();
    // Nor is what a panic says, but where it was.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

async fn serve(options: Options) -> Result<(), Failure> {
    let listen = options.listen.clone().unwrap_or_else(|| "127.0.0.1:8787".into());
    let metrics = options.metrics.clone();
    let records = Records::open(options.settings()).await?;
    let listener = bind("listen", &listen).await?;
    let end = told_to_end().shared();
    let address = listener.local_addr()?;
    let metrics = match &metrics {
        Some(metrics) => Some(bind("metrics", metrics).await?),
        None => None,
    };
    // The first line, for whoever started it to wait for.
    println!("http://{address}");
    let operators = match metrics {
        Some(listener) => {
            println!("http://{}", listener.local_addr()?);
            let (records, end) = (records.clone(), end.clone());
            let router = records.operators();
            Some(tokio::spawn(async move { records.serve(listener, router, end).await }))
        }
        None => None,
    };
    tracing::info!(%address, key = records.verifier_key(), version = env!("CARGO_PKG_VERSION"), "listening");
    records.serve(listener, records.router(), end).await?;
    if let Some(operators) = operators {
        operators.await??;
    }
    tracing::info!("ended");
    Ok(())
}

async fn bind(option: &str, address: &str) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| format!("{option}: {address}: {error}").into())
}

/// Returns when the process is asked to end: what is being answered is still answered.
async fn told_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

//! `mixus-privacy-server`: keeps records of consent, and proves them.

mod commands;
mod options;

use std::process::ExitCode;

use clap::Parser as _;
use mixus_privacy_server::Records;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use commands::{Command, Line};
use options::Options;

/// A request allocates some fifty times; this makes a tenth of its cost go away.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let line = Line::parse();
    let done = match line.command {
        Some(Command::Verify(verify)) => Ok(verify.run()),
        Some(Command::Audit(audit)) => audit.run(),
        None => line.serve.merged().and_then(|options| {
            tracing_subscriber::fmt()
                .json()
                .with_env_filter(EnvFilter::try_new(options.log.as_deref().unwrap_or("info"))?)
                .with_writer(std::io::stderr)
                .init();
            tokio::runtime::Runtime::new()?.block_on(serve(options))?;
            Ok(ExitCode::SUCCESS)
        }),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mixus-privacy-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Failure> {
    let listen = options.listen.clone().unwrap_or_else(|| "127.0.0.1:8787".into());
    let records = Records::open(options.settings()?).await?;
    let listener = TcpListener::bind(&listen).await?;
    // The first line, for whoever started it to wait for.
    println!("http://{}", listener.local_addr()?);
    tracing::info!(address = %listener.local_addr()?, key = records.verifier_key(), "listening");
    records.serve(listener, records.router(), told_to_end()).await?;
    tracing::info!("ended");
    Ok(())
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

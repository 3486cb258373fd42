//! The program, started as somebody starts it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);

/// The program with these arguments and this in its environment, and nothing else of ours.
pub(crate) fn program(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mixus-privacy-server"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MIXUS_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).envs(environment.iter().copied());
    command
}

/// Whether it went well, and all that it said. Where nothing else is said it cannot listen: what should have kept it from
/// starting is not waited for.
pub(crate) fn said(arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = program(arguments, &[&[("MIXUS_LISTEN", "256.0.0.1:0")], environment].concat())
        .output()
        .expect("run");
    (
        status.success(),
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned(),
    )
}

/// A server that is at work.
pub(crate) struct Running {
    /// Until it has been ended.
    child: Option<Child>,
    stdout: BufReader<ChildStdout>,
    pub address: String,
    folder: Option<TempDir>,
}

/// An answer.
pub(crate) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Running {
        Running::start_in(tempfile::tempdir().expect("a folder"), arguments)
    }

    pub(crate) fn start_in(folder: TempDir, arguments: &[&str]) -> Running {
        let database = folder.path().join("records.db");
        let database = database.to_str().expect("a path");
        let all = [&["--listen", "127.0.0.1:0", "--database", database], arguments].concat();
        let mut child = program(&all, &[])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut running = Running {
            child: Some(child),
            stdout,
            address: String::new(),
            folder: Some(folder),
        };
        running.address = running.line();
        running
    }

    /// The next address that it says it serves.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        if let Some(address) = line.trim().strip_prefix("http://") {
            return address.to_owned();
        }
        let mut why = String::new();
        let stderr = self.child.as_mut().and_then(|it| it.stderr.as_mut());
        let _ = stderr.expect("a pipe").read_to_string(&mut why);
        panic!("{line:?} {why}");
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().expect("it runs").path()
    }

    /// Asks on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask(&self.address, method, path, headers, body)
    }

    /// Ends it as a supervisor does, and answers what it wrote down.
    pub(crate) fn end(mut self) -> (TempDir, String) {
        let child = self.child.take().expect("it runs");
        let told = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .expect("told");
        assert!(told.success());
        let output = child.wait_with_output().expect("ended");
        assert!(output.status.success(), "{output:?}");
        let folder = self.folder.take().expect("it ran");
        (folder, String::from_utf8(output.stderr).expect("text"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that fails leaves nothing behind.
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(LONG)).expect("a limit");
    let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).expect("sent");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).expect("an answer");
    let all = String::from_utf8_lossy(&all).into_owned();
    let (head, body) = all.split_once("\r\n\r\n").expect("a head");
    Answer {
        status: head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

//! A client over a real connection: what it sends is what stands on the line.

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Result<Client> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream,
            read: Vec::new(),
        })
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Result<(u16, String)> {
        let head = format!("POST {path} HTTP/1.1\r\nHost: faults\r\nContent-Length: {}\r\n\r\n", body.len());
        self.ask(&[head.as_bytes(), body.as_bytes()].concat()).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<(u16, String)> {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: faults\r\n\r\n").as_bytes())
            .await
    }

    /// Sends bytes as they are, and reads an answer: its status and its body.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<(u16, String)> {
        self.stream.write_all(request).await?;
        self.answer().await
    }

    /// Reads an answer. What comes after it stays for the next.
    pub(crate) async fn answer(&mut self) -> Result<(u16, String)> {
        loop {
            if let Some(end) = self.read.windows(4).position(|it| it == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.read[..end])?.to_ascii_lowercase();
                let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
                let length: usize = length.unwrap_or("0").parse()?;
                if self.read.len() >= end + 4 + length {
                    let status = head.split(' ').nth(1).context("a status")?.parse()?;
                    let body = String::from_utf8(self.read[end + 4..end + 4 + length].to_vec())?;
                    self.read.drain(..end + 4 + length);
                    return Ok((status, body));
                }
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("the connection was closed");
            }
        }
    }
}

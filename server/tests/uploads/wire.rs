//! HTTP by hand, for what a client that behaves would not do.

use std::net::SocketAddr;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::describes;

/// What nobody has to wait longer for than this is broken.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    length: bool,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().expect("text"))
    }

    pub(crate) fn number(&self, name: &str) -> u64 {
        self.header(name).parse().unwrap_or_else(|_| panic!("no {name} in {self:?}"))
    }

    /// The status, and the code if there is one.
    pub(crate) fn code(&self) -> (u16, String) {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        (self.status, json["code"].as_str().unwrap_or("").into())
    }
}

/// A question in the words of HTTP.
pub(crate) fn http(method: &str, path: &str) -> Ask {
    Ask {
        method: method.parse().expect("a method"),
        path: path.into(),
        headers: Vec::new(),
        body: Vec::new(),
        length: true,
    }
}

/// The same in those of tus.
pub(crate) fn tus(method: &str, path: &str) -> Ask {
    http(method, path).with("Tus-Resumable", "1.0.0")
}

/// Bytes that go on somewhere.
pub(crate) fn patch(path: &str, offset: u64, bytes: &[u8]) -> Ask {
    tus("PATCH", path).with("Upload-Offset", &offset.to_string()).bytes(bytes)
}

impl Ask {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Ask {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Ask {
        self.headers.retain(|(it, _)| it != name);
        self
    }

    /// Bytes of an upload.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Ask {
        let mut ask = self.with("Content-Type", "application/offset+octet-stream");
        ask.body = bytes.into();
        ask
    }

    /// Says nothing of a body that there is none of.
    pub(crate) fn silent(mut self) -> Ask {
        self.length = false;
        self
    }

    /// What stands before the body, which is said to be so long.
    pub(crate) fn head(&self, length: usize) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: files.example\r\n", self.method, self.path);
        let length = self.length.then(|| ("Content-Length".to_owned(), length.to_string()));
        for (name, value) in self.headers.iter().chain(&length) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head + "\r\n"
    }

    /// Asks, on a connection of its own.
    pub(crate) async fn send(self, to: SocketAddr) -> Answer {
        let mut stream = TcpStream::connect(to).await.expect("a connection");
        let ask = self.with("Connection", "close");
        let head = ask.head(ask.body.len());
        // Who is refused may find the connection closed before all is sent.
        let _ = stream.write_all(&[head.as_bytes(), &ask.body].concat()).await;
        ask.answer(&mut stream).await
    }

    /// The same with a body in chunks, of which nobody says how long it is.
    pub(crate) async fn send_chunked(mut self, to: SocketAddr, piece: usize) -> Answer {
        let mut stream = TcpStream::connect(to).await.expect("a connection");
        self.length = false;
        let ask = self.with("Connection", "close").with("Transfer-Encoding", "chunked");
        let mut text = ask.head(0).into_bytes();
        for piece in ask.body.chunks(piece) {
            text.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            text.extend(piece);
            text.extend(b"\r\n");
        }
        text.extend(b"0\r\n\r\n");
        let _ = stream.write_all(&text).await;
        ask.answer(&mut stream).await
    }

    /// Begins to ask: so many bytes are said to come, and these are all that come for now.
    pub(crate) async fn begin(&self, to: SocketAddr, length: usize, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(to).await.expect("a connection");
        let text = [self.head(length).as_bytes(), bytes].concat();
        stream.write_all(&text).await.expect("sent");
        stream
    }

    /// What comes on a connection until it is closed, held against what is described.
    pub(crate) async fn answer(&self, stream: &mut TcpStream) -> Answer {
        let mut all = Vec::new();
        let read = tokio::time::timeout(LONG, stream.read_to_end(&mut all));
        // A connection that is cut off has said what it had to say.
        let _ = read.await.expect("an end");
        let Some(answer) = parse(&all) else {
            panic!("{} {}: {:?}", self.method, self.path, String::from_utf8_lossy(&all));
        };
        let status = StatusCode::from_u16(answer.status).expect("a status");
        let text = String::from_utf8_lossy(&answer.body);
        let faults = describes::faults(&self.method, &self.path, status, &answer.headers, &text);
        assert!(faults.is_empty(), "{} {}: {faults:?}", self.method, self.path);
        answer
    }
}

fn parse(all: &[u8]) -> Option<Answer> {
    let end = all.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&all[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(':')?;
        let name: HeaderName = name.parse().ok()?;
        headers.append(name, value.trim().parse().ok()?);
    }
    Some(Answer {
        status,
        headers,
        body: all[end + 4..].into(),
    })
}

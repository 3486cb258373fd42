//! One request on its way through, and what happens to it there.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Fault, Poison, Shared};

/// A request's head with the empty line behind it, and its body as far as that came with it.
struct Head {
    text: Vec<u8>,
    body: Vec<u8>,
    length: usize,
}

async fn read_head(stream: &mut TcpStream) -> Result<Head> {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let end = text.windows(4).position(|it| it == b"\r\n\r\n");
        if let Some(end) = end {
            let body = text.split_off(end + 4);
            let lower = String::from_utf8_lossy(&text).to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length = length.map_or(Ok(0), |it| it.trim().parse())?;
            return Ok(Head { text, body, length });
        }
        let count = stream.read(&mut part).await?;
        if count == 0 {
            bail!("the browser went");
        }
        text.extend_from_slice(&part[..count]);
    }
}

/// Hands a request on, as it is or some bytes at a time, and answers the whole reply.
async fn ask(server: SocketAddr, request: &[u8], slowly: bool) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    write(&mut stream, request, slowly).await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;
    Ok(reply)
}

async fn write(stream: &mut TcpStream, bytes: &[u8], slowly: bool) -> Result<()> {
    // In some hundred milliseconds, whatever its length.
    let size = if slowly { bytes.len().div_ceil(40) } else { bytes.len() };
    for part in bytes.chunks(size.max(1)) {
        stream.write_all(part).await?;
        stream.flush().await?;
        if slowly {
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }
    Ok(())
}

/// A reply that any page may read, of somebody who is not the server.
fn foreign(status: &str, more: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\naccess-control-allow-origin: *\r\naccess-control-expose-headers: retry-after, date\r\n\
         connection: close\r\ncontent-length: {}\r\n{more}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(super) async fn serve(shared: &Shared, mut stream: TcpStream) {
    // A browser that goes away in the middle is one more thing that networks do.
    let _ = answer(shared, &mut stream).await;
}

/// One request a connection: nothing has to be told apart from what follows it.
fn alone(head: &str, body: &[u8]) -> Vec<u8> {
    let lines = head
        .lines()
        .filter(|it| !it.is_empty() && !it.to_lowercase().starts_with("connection:"));
    let mut request: Vec<u8> = lines.flat_map(|line| [line, "\r\n"].concat().into_bytes()).collect();
    request.extend(b"connection: close\r\n\r\n");
    request.extend(body);
    request
}

async fn answer(shared: &Shared, stream: &mut TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let Head {
        text,
        mut body,
        length,
    } = read_head(stream).await?;
    let fault = if text.starts_with(b"POST ") { shared.next() } else { None };
    if matches!(fault, Some((Fault::ResetEarly, _))) {
        stream.set_zero_linger()?;
        return Ok(());
    }
    let mut rest = vec![0; length.saturating_sub(body.len())];
    stream.read_exact(&mut rest).await?;
    body.extend(rest);
    let poison = shared.plan().poison;
    if let Some(Poison {
        text,
        status,
        body: said,
    }) = poison
        && String::from_utf8_lossy(&body).contains(text)
    {
        return write(stream, &foreign(status, "content-type: application/json\r\n", said), false).await;
    }
    let request = alone(&String::from_utf8(text).context("a head")?, &body);
    let slowly = matches!(fault, Some((Fault::Trickle, _)));
    let Some((fault, count)) = fault else {
        let reply = ask(shared.server, &request, false).await?;
        return write(stream, &reply, false).await;
    };
    match fault {
        Fault::ResetEarly | Fault::Refused => {}
        Fault::ResetLate => {
            ask(shared.server, &request, false).await?;
            stream.set_zero_linger()?;
        }
        Fault::HalfReply => {
            let reply = ask(shared.server, &request, false).await?;
            write(stream, &reply[..reply.len() * 3 / 4], false).await?;
            stream.set_zero_linger()?;
        }
        Fault::Trickle | Fault::Twice => {
            if fault == Fault::Twice {
                ask(shared.server, &request, false).await?;
            }
            let reply = ask(shared.server, &request, slowly).await?;
            write(stream, &reply, slowly).await?;
        }
        Fault::Patience => {
            let now = std::time::SystemTime::now();
            let [now, then] = [now, now + Duration::from_secs(1)].map(httpdate::fmt_http_date);
            let after = ["retry-after: 1\r\n".into(), format!("date: {now}\r\nretry-after: {then}\r\n")];
            let after = &after[count % 2];
            let status = ["503 Service Unavailable", "429 Too Many Requests"][count % 2];
            write(stream, &foreign(status, after, ""), false).await?;
        }
        Fault::Portal => {
            let page = "<!doctype html><title>Welcome</title><p>Sign in to use this network";
            write(stream, &foreign("200 OK", "content-type: text/html\r\n", page), false).await?;
        }
        Fault::Redirect => {
            let to = "location: /v1/health\r\n";
            let status = ["302 Found", "307 Temporary Redirect", "303 See Other"][count % 3];
            write(stream, &foreign(status, to, ""), false).await?;
        }
        Fault::WrongKind => {
            let (kind, page) = [
                ("application/json", "null"),
                ("application/json", "{\"answers\":[]}"),
                (
                    "application/json",
                    "{\"answers\":[{\"id\":\"AAAA\",\"status\":\"stored\",\"index\":0,\"taken\":0,\"proof\":[]}]}",
                ),
                ("image/png", "\u{1}\u{2}"),
            ][count % 4];
            write(stream, &foreign("200 OK", &format!("content-type: {kind}\r\n"), page), false).await?;
        }
        Fault::Huge => {
            let head = "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-type: application/json\r\n\
                        connection: close\r\n\r\n{";
            stream.write_all(head.as_bytes()).await?;
            // Until the browser has had enough.
            loop {
                stream.write_all(&[b' '; 8192]).await?;
            }
        }
        Fault::Stall => {
            // Until the browser has given up.
            let mut none = Vec::new();
            stream.read_to_end(&mut none).await?;
        }
    }
    stream.shutdown().await?;
    Ok(())
}

//! A small client of the Chrome DevTools Protocol: one connection, any number of sessions,
//! one thing at a time.

use std::collections::VecDeque;
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// How long the browser may be silent before the measurement is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a browser.
#[derive(Debug)]
pub(crate) struct Cdp {
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    last: u64,
    events: VecDeque<Event>,
}

/// Something that the browser told by itself.
#[derive(Debug)]
pub(crate) struct Event {
    /// The session it belongs to; empty for the browser's own.
    pub(crate) session: String,
    /// Its name.
    pub(crate) method: String,
    /// What it tells.
    pub(crate) params: Value,
}

impl Cdp {
    /// Connects to the address that a browser has told.
    pub(crate) fn connect(address: &str) -> Result<Cdp> {
        let (socket, _) = tungstenite::connect(address).context("DevTools")?;
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
        }
        Ok(Cdp {
            socket,
            last: 0,
            events: VecDeque::new(),
        })
    }

    /// Makes a call and waits for its answer. An empty session is the browser itself.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "calls are written with json! in place"
    )]
    pub(crate) fn call(&mut self, session: &str, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let id = self.last;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        self.socket.send(Message::text(message.to_string()))?;
        loop {
            let mut message = self.read().with_context(|| method.to_owned())?;
            if message["id"] == id {
                if let Some(error) = message.get("error") {
                    bail!("{method}: {error}");
                }
                return Ok(message["result"].take());
            }
            self.keep(message);
        }
    }

    /// Waits for an event, and forgets those before it that nobody waited for.
    pub(crate) fn wait(&mut self, session: &str, method: &str) -> Result<Value> {
        loop {
            while let Some(event) = self.events.pop_front() {
                if event.session == session && event.method == method {
                    return Ok(event.params);
                }
            }
            let message = self.read().with_context(|| method.to_owned())?;
            self.keep(message);
        }
    }

    /// Everything until an event, the oldest first.
    pub(crate) fn until(&mut self, method: &str) -> Result<Vec<Event>> {
        let mut seen: Vec<Event> = self.events.drain(..).collect();
        while seen.last().is_none_or(|it| it.method != method) {
            let message = self.read().with_context(|| method.to_owned())?;
            self.keep(message);
            seen.extend(self.events.drain(..));
        }
        Ok(seen)
    }

    /// The value of an expression in a page; promises are waited for.
    pub(crate) fn get(&mut self, session: &str, expression: &str) -> Result<Value> {
        let mut answer = self.call(
            session,
            "Runtime.evaluate",
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true}),
        )?;
        if let Some(error) = answer.get("exceptionDetails") {
            bail!("{expression}: {error}");
        }
        Ok(answer["result"]["value"].take())
    }

    fn keep(&mut self, mut message: Value) {
        // Answers to calls whose page has gone have no name.
        if let Some(method) = message["method"].as_str() {
            self.events.push_back(Event {
                session: message["sessionId"].as_str().unwrap_or_default().to_owned(),
                method: method.to_owned(),
                params: message["params"].take(),
            });
        }
    }

    fn read(&mut self) -> Result<Value> {
        loop {
            if let Message::Text(text) = self.socket.read()? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }
}

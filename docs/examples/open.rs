//! Opens a sealed file at a back end: see docs/envelope.md.
//!
//! ```sh
//! cargo run --release --features cipher --example open -- KEY-ID PRIVATE-KEY SEALED OPENED
//! ```
//!
//! The private key is X25519's 32 bytes in hexadecimal digits, in a file: keep yours in a key-management service. Nothing is left
//! under its name unless all of it was opened.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use mixus_privacy::vault::{Envelope, FIRST, Fault, Gcm, Key, Opener, PrivateKey, START, Start, length};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [id, key, sealed, target] = arguments.as_slice() else {
        return Err("KEY-ID PRIVATE-KEY SEALED OPENED".into());
    };
    let key = PrivateKey::new(id.parse()?, Key::from(digits(fs::read_to_string(key)?.trim())?));
    let aside = format!("{target}.part");
    let done = open(File::open(sealed)?, &key, Path::new(&aside));
    match done {
        Ok(name) => {
            fs::rename(&aside, target)?;
            // A name is somebody else's text: it is no path, and may hold what a terminal obeys.
            writeln!(io::stdout(), "{}", name.escape_debug())?;
            Ok(())
        }
        Err(error) => {
            fs::remove_file(&aside).or_else(missing)?;
            Err(error)
        }
    }
}

fn missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// Opens a file piece by piece. Answers its name.
fn open(mut file: impl Read, key: &PrivateKey, to: &Path) -> Result<String, Box<dyn Error>> {
    let mut front = vec![0; FIRST];
    file.read_exact(&mut front)?;
    let whole = length(front.as_slice().try_into()?)?;
    front.resize(whole, 0);
    file.read_exact(&mut front[FIRST..])?;
    let opened = Envelope::read(&front)?.with_keys(std::slice::from_ref(key))?;
    let mut start = [0; START];
    file.read_exact(&mut start)?;
    let start = Start::read(&start)?;

    let mut opener = Opener::new(Gcm::new(&opened.segment_key(&start)), opened.head.layout, start.prefix);
    // What is behind the file's own size is padding.
    let mut out = Limited {
        out: File::create(to)?,
        left: opened.metadata.size,
        all: 0,
    };
    let (mut piece, mut open) = (vec![0; 1 << 20], Vec::new());
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            break;
        }
        opener.push(&piece[..count], &mut open)?;
        out.take(&mut open)?;
    }
    opener.finish(&mut open)?;
    out.take(&mut open)?;
    if out.all != opened.head.plain {
        return Err(Fault::Closed.into());
    }
    out.out.sync_all()?;
    Ok(opened.metadata.name)
}

struct Limited {
    out: File,
    left: u64,
    all: u64,
}

impl Limited {
    fn take(&mut self, open: &mut Vec<u8>) -> io::Result<()> {
        let kept = open.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.out.write_all(&open[..kept])?;
        self.left -= kept as u64;
        self.all += open.len() as u64;
        open.clear();
        Ok(())
    }
}

fn digits(text: &str) -> Result<[u8; 32], Box<dyn Error>> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return Err("a key has 64 digits".into());
    }
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16)?;
    }
    Ok(out)
}

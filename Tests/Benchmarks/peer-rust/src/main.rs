//! The benchmark's peer in Rust: a directory of users over JSON-RPC on stdin and stdout.
//!
//! Typed serde_json and rusqlite, as a good Rust programmer writes it at first go. It does less
//! than Roster: nobody is authorized, nothing but users.get, users.list and users.create exists.

mod record;
mod rpc;
mod store;

use std::error::Error;
use std::io::{BufRead, BufReader, BufWriter, Write};

use store::Store;

const BUFFER_BYTES: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", path] => serve(&Store::open(path)?),
        ["load", path, users] => store::load(path, users),
        _ => Err("usage: peer-rust serve DB | load DB USERS.jsonl".into()),
    }
}

/// Answers line by line; replies are flushed when no whole request is waiting in the buffer.
fn serve(store: &Store) -> Result<(), Box<dyn Error>> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(output.flush()?);
        }
        rpc::answer(&line, store, &mut output)?;
        output.write_all(b"\n")?;
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
    }
}

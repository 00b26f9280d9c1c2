//! SQLite: WAL, synchronous=FULL, cached prepared statements, one commit a create.

use std::cell::RefCell;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{params, Connection, OptionalExtension, Result};
use serde::Serialize;

use crate::record::{select, NewUser, User};
use crate::rpc::ListParams;

const SCHEMA: &str = include_str!("../../schema.sql");

const GET: &str = select!("id = ?1");
const GET_BY_EMAIL: &str = select!("email = ?1");

const LIST: &str = select!(
    "(created_at, id) > (?1, ?2) AND is_active AND NOT is_blocked AND deleted_at IS NULL \
     ORDER BY created_at, id LIMIT ?3"
);
const LIST_OF_ORGANIZATION: &str = select!(
    "organization_id = ?4 AND (created_at, id) > (?1, ?2) AND is_active AND NOT is_blocked \
     AND deleted_at IS NULL ORDER BY created_at, id LIMIT ?3"
);

const INSERT: &str = "INSERT INTO users (id, email, name, username, organization_id, company, \
    job_title, metadata, created_at, updated_at) VALUES (?1, ?2, ?3, ?2, ?4, ?5, ?6, ?7, \
    strftime('%Y-%m-%dT%H:%M:%fZ', ?8 / 1000.0, 'unixepoch'), \
    strftime('%Y-%m-%dT%H:%M:%fZ', ?8 / 1000.0, 'unixepoch'))";

#[derive(Serialize)]
pub struct Page {
    users: Vec<User>,
    has_more: bool,
    next_cursor: Option<String>,
    limit: u32,
}

pub struct Store {
    database: Connection,
    random: RefCell<BufReader<File>>,
}

impl Store {
    pub fn open(path: &str) -> Result<Store, Box<dyn Error>> {
        let database = Connection::open(path)?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        let random = RefCell::new(BufReader::new(File::open("/dev/urandom")?));
        Ok(Store { database, random })
    }

    pub fn get(&self, id: &str) -> Result<Option<User>> {
        let sql = if id.contains('@') { GET_BY_EMAIL } else { GET };
        let mut statement = self.database.prepare_cached(sql)?;
        statement.query_row([id], User::from_row).optional()
    }

    /// A page by time of creation; the cursor is the last user's time and id.
    pub fn list(&self, params: &ListParams) -> Result<Page> {
        let (time, id) = match &params.cursor {
            Some(cursor) => cursor.split_once(' ').unwrap_or((cursor, "")),
            None => ("", ""),
        };
        let one_more = params.limit + 1;
        let mut users: Vec<User> = match &params.org_id {
            Some(organization) => {
                let mut statement = self.database.prepare_cached(LIST_OF_ORGANIZATION)?;
                let values = params![time, id, one_more, organization];
                let rows = statement.query_map(values, User::from_row)?;
                rows.collect::<Result<_>>()?
            }
            None => {
                let mut statement = self.database.prepare_cached(LIST)?;
                let rows = statement.query_map(params![time, id, one_more], User::from_row)?;
                rows.collect::<Result<_>>()?
            }
        };
        let has_more = users.len() > params.limit as usize;
        users.truncate(params.limit as usize);
        let last = users.last().filter(|_| has_more);
        let next_cursor = last.map(|user| format!("{} {}", user.created_at, user.id));
        Ok(Page {
            users,
            has_more,
            next_cursor,
            limit: params.limit,
        })
    }

    /// Inserts and commits, then answers with what is stored.
    pub fn create(&self, user: NewUser) -> Result<Option<User>> {
        let id = self.insert(user)?;
        self.get(&id)
    }

    fn insert(&self, user: NewUser) -> Result<String> {
        let now = milliseconds_now();
        let id = user.id.unwrap_or_else(|| self.uuid(now));
        let metadata = user.metadata.as_ref().map_or("{}", |raw| raw.get());
        let mut statement = self.database.prepare_cached(INSERT)?;
        let email = user.email.to_lowercase();
        statement.execute(params![
            id,
            email,
            user.name,
            user.org_id,
            user.company,
            user.job_title,
            metadata,
            now
        ])?;
        Ok(id)
    }

    /// A UUID of version 7: 48 bits of time, the rest random.
    fn uuid(&self, milliseconds: i64) -> String {
        let mut bytes = [0u8; 16];
        let read = self.random.borrow_mut().read_exact(&mut bytes);
        read.expect("/dev/urandom never ends");
        bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        bytes[6] = bytes[6] & 0x0f | 0x70;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts = [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ];
        parts.join("-")
    }
}

fn milliseconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("the clock is past 1970").as_millis() as i64
}

/// Makes a new database out of JSON lines, in one transaction.
pub fn load(path: &str, users: &str) -> Result<(), Box<dyn Error>> {
    let store = Store::open(path)?;
    store.database.execute_batch(SCHEMA)?;
    store.database.execute_batch("BEGIN")?;
    for line in BufReader::new(File::open(users)?).lines() {
        store.insert(serde_json::from_str(&line?)?)?;
    }
    store
        .database
        .execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); ANALYZE")?;
    Ok(())
}

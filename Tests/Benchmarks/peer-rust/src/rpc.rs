//! The envelope: a request line in, a reply without its line feed out.

use std::borrow::Cow;
use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::record::NewUser;
use crate::store::{Page, Store};

#[derive(Deserialize)]
struct Request<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: &'a RawValue,
}

#[derive(Serialize)]
struct Reply<'a, T> {
    jsonrpc: &'static str,
    id: &'a RawValue,
    result: T,
}

#[derive(Serialize)]
struct Refusal<'a> {
    jsonrpc: &'static str,
    id: Option<&'a RawValue>,
    error: Fault,
}

#[derive(Serialize)]
struct Fault {
    code: i32,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetParams<'a> {
    #[serde(borrow)]
    user_id: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    pub org_id: Option<String>,
    pub cursor: Option<String>,
    #[serde(default = "default_limit")]
    pub limit: u32,
    /// Taken for Roster's sake; this server never counts.
    #[serde(default, rename = "include_total")]
    pub _include_total: bool,
}

fn default_limit() -> u32 {
    50
}

impl Fault {
    fn new(code: i32, message: impl ToString) -> Fault {
        Fault {
            code,
            message: message.to_string(),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        Fault::new(503, error)
    }
}

/// Answers one line; only a failing output is an error.
pub fn answer(line: &[u8], store: &Store, output: &mut impl Write) -> std::io::Result<()> {
    let request: Request = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(error) => return refuse(None, Fault::new(-32700, error), output),
    };
    if request.jsonrpc != "2.0" {
        return refuse(
            Some(request.id),
            Fault::new(-32600, "jsonrpc must be 2.0"),
            output,
        );
    }
    match &*request.method {
        "users.get" => reply(request.id, get(store, request.params), output),
        "users.list" => reply(request.id, list(store, request.params), output),
        "users.create" => reply(request.id, create(store, request.params), output),
        other => {
            let fault = Fault::new(-32601, format!("unknown method {other}"));
            refuse(Some(request.id), fault, output)
        }
    }
}

fn get(store: &Store, params: &RawValue) -> Result<impl Serialize, Fault> {
    let params: GetParams = parse(params)?;
    Ok(store.get(&params.user_id)?)
}

fn list(store: &Store, params: &RawValue) -> Result<Page, Fault> {
    let params: ListParams = parse(params)?;
    if !(1..=1000).contains(&params.limit) {
        return Err(Fault::new(-32602, "limit must be 1 to 1000"));
    }
    Ok(store.list(&params)?)
}

fn create(store: &Store, params: &RawValue) -> Result<impl Serialize, Fault> {
    let user: NewUser = parse(params)?;
    Ok(store.create(user)?)
}

fn parse<'a, T: Deserialize<'a>>(params: &'a RawValue) -> Result<T, Fault> {
    serde_json::from_str(params.get()).map_err(|error| Fault::new(-32602, error))
}

fn reply<T: Serialize>(
    id: &RawValue,
    result: Result<T, Fault>,
    output: &mut impl Write,
) -> std::io::Result<()> {
    match result {
        Ok(result) => {
            let reply = Reply {
                jsonrpc: "2.0",
                id,
                result,
            };
            Ok(serde_json::to_writer(output, &reply)?)
        }
        Err(fault) => refuse(Some(id), fault, output),
    }
}

fn refuse(id: Option<&RawValue>, error: Fault, output: &mut impl Write) -> std::io::Result<()> {
    Ok(serde_json::to_writer(
        output,
        &Refusal {
            jsonrpc: "2.0",
            id,
            error,
        },
    )?)
}

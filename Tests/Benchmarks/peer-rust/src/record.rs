//! A user as the wire shows it, 28 fields, and as a caller describes a new one.

use rusqlite::{Result, Row};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Serialize)]
pub struct User {
    pub id: String,
    pub email: Option<String>,
    pub name: String,
    pub username: Option<String>,
    pub organization_id: Option<String>,
    pub roles: Vec<String>,
    pub is_superuser: bool,
    pub is_active: bool,
    pub is_blocked: bool,
    pub status: &'static str,
    pub is_service_account: bool,
    pub is_developer: bool,
    pub is_internal: bool,
    pub email_verified: bool,
    pub has_completed_onboarding: bool,
    pub avatar_url: Option<String>,
    pub company: Option<String>,
    pub job_title: Option<String>,
    pub metadata: Box<RawValue>,
    pub auto_groups: Vec<String>,
    pub oauth_provider: Option<String>,
    pub oauth_id: Option<String>,
    pub last_login: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    pub deleted_at: Option<String>,
    pub version: i64,
    pub is_current: bool,
}

/// The stored columns, in the order in which `User::from_row` reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, name, username, organization_id, roles, is_active, is_blocked, ",
            "is_service_account, is_developer, is_internal, email_verified, ",
            "has_completed_onboarding, avatar_url, company, job_title, metadata, auto_groups, ",
            "oauth_provider, oauth_id, last_login, created_at, updated_at, deleted_at, version ",
            "FROM users WHERE ",
            $rest
        )
    };
}
pub(crate) use select;

impl User {
    pub fn from_row(row: &Row) -> Result<User> {
        let roles: Vec<String> = list(row, 5)?;
        let is_active: bool = row.get(6)?;
        let is_blocked: bool = row.get(7)?;
        let deleted_at: Option<String> = row.get(23)?;
        Ok(User {
            id: row.get(0)?,
            email: row.get(1)?,
            name: row.get(2)?,
            username: row.get(3)?,
            organization_id: row.get(4)?,
            is_superuser: roles.iter().any(|role| role == "owner" || role == "admin"),
            roles,
            is_active,
            is_blocked,
            status: status(deleted_at.is_some(), is_active && !is_blocked),
            is_service_account: row.get(8)?,
            is_developer: row.get(9)?,
            is_internal: row.get(10)?,
            email_verified: row.get(11)?,
            has_completed_onboarding: row.get(12)?,
            avatar_url: row.get(13)?,
            company: row.get(14)?,
            job_title: row.get(15)?,
            metadata: raw(row, 16)?,
            auto_groups: list(row, 17)?,
            oauth_provider: row.get(18)?,
            oauth_id: row.get(19)?,
            last_login: row.get(20)?,
            created_at: row.get(21)?,
            updated_at: row.get(22)?,
            deleted_at,
            version: row.get(24)?,
            is_current: false,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Only `load` gives one; a created user's is made here.
    pub id: Option<String>,
    pub email: String,
    pub name: String,
    pub org_id: Option<String>,
    pub company: Option<String>,
    pub job_title: Option<String>,
    pub metadata: Option<Box<RawValue>>,
}

fn status(is_deleted: bool, is_enabled: bool) -> &'static str {
    match (is_deleted, is_enabled) {
        (true, _) => "deleted",
        (false, false) => "disabled",
        (false, true) => "active",
    }
}

fn list(row: &Row, column: usize) -> Result<Vec<String>> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| broken(column, error))
}

fn raw(row: &Row, column: usize) -> Result<Box<RawValue>> {
    RawValue::from_string(row.get(column)?).map_err(|error| broken(column, error))
}

fn broken(column: usize, error: serde_json::Error) -> rusqlite::Error {
    let kind = rusqlite::types::Type::Text;
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
}

-- What both peers keep: one table, unique emails, and the indexes that users.list reads.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT UNIQUE,
  name TEXT NOT NULL,
  username TEXT,
  organization_id TEXT,
  roles TEXT NOT NULL DEFAULT '["member"]',
  is_active INTEGER NOT NULL DEFAULT 1,
  is_blocked INTEGER NOT NULL DEFAULT 0,
  is_service_account INTEGER NOT NULL DEFAULT 0,
  is_developer INTEGER NOT NULL DEFAULT 1,
  is_internal INTEGER NOT NULL DEFAULT 0,
  email_verified INTEGER NOT NULL DEFAULT 0,
  has_completed_onboarding INTEGER NOT NULL DEFAULT 0,
  avatar_url TEXT,
  company TEXT,
  job_title TEXT,
  metadata TEXT NOT NULL DEFAULT '{}',
  auto_groups TEXT NOT NULL DEFAULT '[]',
  oauth_provider TEXT,
  oauth_id TEXT,
  last_login TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  deleted_at TEXT,
  version INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX users_by_time ON users (created_at, id);
CREATE INDEX users_by_organization ON users (organization_id, created_at, id);

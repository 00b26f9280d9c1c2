/* The floor of a durable create: SQLite from C, one commit a user, with the pages that any
   directory has to write: a record, an event, and the indexes of the sort orders.

   usage: create DATABASE USERS COUNT

   It makes the database with so many users if it does not exist. The log's writes are gathered.
   Prints the microseconds of a create, from BEGIN to the end of COMMIT, checkpoints included. */
#include <sqlite3.h>

#include "floor.h"
#include "gather.h"

enum { RECORD_BYTES = 350, EVENT_BYTES = 120, ORGANIZATION_USERS = 1000, TEXT_BYTES_MAX = 96 };

static const char schema[] =
    "CREATE TABLE users (key INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    "  organization TEXT NOT NULL, updated INTEGER NOT NULL, record BLOB NOT NULL);"
    "CREATE INDEX users_name ON users (name);"
    "CREATE INDEX users_organization ON users (organization);"
    "CREATE INDEX users_updated ON users (updated);"
    "CREATE TABLE events (number INTEGER PRIMARY KEY, body BLOB NOT NULL);";

typedef struct {
  sqlite3 *database;
  sqlite3_stmt *insert_user, *insert_event;
  sqlite3_int64 key;
  int organizations;
} Store;

static void create(Store *store) {
  static char record[RECORD_BYTES], event[EVENT_BYTES];
  char name[17], email[TEXT_BYTES_MAX], organization[TEXT_BYTES_MAX];
  store->key += 1 << 21;
  snprintf(name, sizeof name, "%016lx", next_random());
  unsigned long number = (unsigned long)store->key >> 21;
  snprintf(email, sizeof email, "%s.%lx@granitefoods.example", name, number);
  snprintf(organization, sizeof organization, "org-%06lu", next_random() % store->organizations);
  sqlite3_bind_int64(store->insert_user, 1, store->key);
  sqlite3_bind_text(store->insert_user, 2, email, -1, SQLITE_STATIC);
  sqlite3_bind_text(store->insert_user, 3, name, -1, SQLITE_STATIC);
  sqlite3_bind_text(store->insert_user, 4, organization, -1, SQLITE_STATIC);
  sqlite3_bind_blob(store->insert_user, 5, record, sizeof record, SQLITE_STATIC);
  run(store->insert_user);
  sqlite3_bind_blob(store->insert_event, 1, event, sizeof event, SQLITE_STATIC);
  run(store->insert_event);
}

static Store open_store(const char *path, int users) {
  Store store = {.database = open_database(path)};
  int is_new = number(store.database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (is_new) execute(store.database, schema);
  store.key = number(store.database, "SELECT ifnull(max(key), 0) FROM users");
  store.organizations = users / ORGANIZATION_USERS + 1;
  store.insert_user =
      prepare(store.database, "INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?1 >> 21, ?5)");
  store.insert_event = prepare(store.database, "INSERT INTO events (body) VALUES (?1)");
  if (is_new) {
    execute(store.database, "BEGIN");
    for (int user = 0; user < users; user++) create(&store);
    execute(store.database, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
  }
  return store;
}

int main(int count, char **words) {
  if (count != 4) fail("usage", "create DATABASE USERS COUNT");
  gather_log_writes();
  Store store = open_store(words[1], atoi(words[2]));
  sqlite3_stmt *begin = prepare(store.database, "BEGIN IMMEDIATE");
  sqlite3_stmt *commit = prepare(store.database, "COMMIT");
  int creates = atoi(words[3]);
  double *micros = calloc(creates, sizeof *micros);
  for (int at = 0; at < creates; at++) {
    double started = now_us();
    run(begin);
    create(&store);
    run(commit);
    micros[at] = now_us() - started;
  }
  print_figures(micros, creates);
  return 0;
}

/* The floor of a look-up in SQLite: a record of 700 bytes in one column, by its key.

   usage: get DATABASE USERS MMAP_BYTES

   It makes the database if it does not exist. A transaction stays open, as in a server that holds a
   snapshot. Prints the microseconds of a get: figures of batches, since a clock costs as much. */
#include <sqlite3.h>

#include "floor.h"

enum { RECORD_BYTES = 700, BATCHES = 41, BATCH_GETS = 2000, KEY_STEP = 1 << 21 };

static void fill(sqlite3 *database, int users) {
  static char record[RECORD_BYTES];
  memset(record, 'a', sizeof record);
  execute(database, "CREATE TABLE users (key INTEGER PRIMARY KEY, record BLOB NOT NULL); BEGIN");
  sqlite3_stmt *insert = prepare(database, "INSERT INTO users VALUES (?1, ?2)");
  for (int user = 0; user < users; user++) {
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)user * KEY_STEP);
    sqlite3_bind_blob(insert, 2, record, sizeof record, SQLITE_STATIC);
    run(insert);
  }
  sqlite3_finalize(insert);
  execute(database, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

static long get(sqlite3_stmt *select, sqlite3_int64 key) {
  sqlite3_bind_int64(select, 1, key);
  if (sqlite3_step(select) != SQLITE_ROW) fail("get", "no such key");
  const char *record = sqlite3_column_blob(select, 0);
  long sum = 0;
  for (int at = 0; at < sqlite3_column_bytes(select, 0); at += 64) sum += record[at];
  sqlite3_reset(select);
  return sum;
}

int main(int count, char **words) {
  if (count != 4) fail("usage", "get DATABASE USERS MMAP_BYTES");
  int users = atoi(words[2]);
  char pragma[64];
  sqlite3 *database = open_database(words[1]);
  if (number(database, "SELECT count(*) FROM sqlite_schema") == 0) fill(database, users);
  snprintf(pragma, sizeof pragma, "PRAGMA mmap_size = %s; BEGIN", words[3]);
  execute(database, pragma);

  sqlite3_stmt *select = prepare(database, "SELECT record FROM users WHERE key = ?1");
  double micros[BATCHES];
  volatile long sum = 0;
  for (int batch = -1; batch < BATCHES; batch++) {
    double begin = now_us();
    for (int at = 0; at < BATCH_GETS; at++)
      sum += get(select, (sqlite3_int64)(next_random() % users) * KEY_STEP);
    if (batch >= 0) micros[batch] = (now_us() - begin) / BATCH_GETS;
  }
  print_figures(micros, BATCHES);
  return 0;
}

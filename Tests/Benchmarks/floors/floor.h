/* What the floors share: a clock, an end with a message, and the line of figures. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static inline void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static inline int by_size(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Prints median, mean and maximum of the microseconds as a line of JSON. Sorts them. */
static inline void print_figures(double *micros, int count) {
  double sum = 0;
  for (int at = 0; at < count; at++) sum += micros[at];
  qsort(micros, count, sizeof *micros, by_size);
  printf("{\"median\": %.3f, \"mean\": %.3f, \"max\": %.3f}\n", micros[count / 2], sum / count,
         micros[count - 1]);
}

/* Random numbers that are the same in each run. */
static inline unsigned long next_random(void) {
  static unsigned long state = 88172645463325252UL;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

#ifdef SQLITE_VERSION

static inline void execute(sqlite3 *database, const char *sql) {
  char *message = NULL;
  if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK) fail(sql, message);
}

static inline sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
    fail(sql, sqlite3_errmsg(database));
  return statement;
}

/* Steps once and resets; a row and an end are both fine. */
static inline void run(sqlite3_stmt *statement) {
  int code = sqlite3_step(statement);
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    fail(sqlite3_sql(statement), sqlite3_errmsg(sqlite3_db_handle(statement)));
  sqlite3_reset(statement);
}

static inline sqlite3_int64 number(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = prepare(database, sql);
  if (sqlite3_step(statement) != SQLITE_ROW) fail(sql, sqlite3_errmsg(database));
  sqlite3_int64 value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

/* Opens a database as a careful server does. No mutexes, because there is one thread. */
static inline sqlite3 *open_database(const char *path) {
  sqlite3 *database;
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path, &database, flags, NULL) != SQLITE_OK)
    fail(path, sqlite3_errmsg(database));
  execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                    "PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY");
  return database;
}

#endif
#endif

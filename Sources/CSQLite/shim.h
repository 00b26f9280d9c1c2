#include <sqlite3.h>

// Swift imports no C variadics, and no macro that casts to a function pointer.

static inline int roster_db_config(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}

static inline sqlite3_destructor_type roster_transient(void) { return SQLITE_TRANSIENT; }

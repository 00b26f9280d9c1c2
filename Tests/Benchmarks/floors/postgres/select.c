/* The floor of a trip: answers each line with 700 bytes after a SELECT 1 on a PostgreSQL server.

   usage: select CONNECTION
   Lines that arrive together go to the server together. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPLY_BYTES = 700, INPUT_BYTES_MAX = 1 << 16 };

static char reply[REPLY_BYTES];

static void check(PGconn *server, int is_good) {
  if (is_good) return;
  fprintf(stderr, "%s", PQerrorMessage(server));
  exit(1);
}

static void take(PGconn *server, ExecStatusType wanted) {
  PGresult *result = PQgetResult(server);
  check(server, PQresultStatus(result) == wanted);
  PQclear(result);
  if (wanted == PGRES_TUPLES_OK) check(server, PQgetResult(server) == NULL);
}

int main(int count, char **words) {
  static char input[INPUT_BYTES_MAX];
  static char output[INPUT_BYTES_MAX / 64 * REPLY_BYTES];
  if (count != 2) return 2;
  PGconn *server = PQconnectdb(words[1]);
  check(server, PQstatus(server) == CONNECTION_OK);
  PQclear(PQprepare(server, "one", "SELECT 1", 0, NULL));
  check(server, PQenterPipelineMode(server));
  int head = snprintf(reply, sizeof reply, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"");
  memset(reply + head, 'a', REPLY_BYTES - head);
  memcpy(reply + REPLY_BYTES - 3, "\"}\n", 3);
  ssize_t bytes;
  while ((bytes = read(0, input, sizeof input)) > 0) {
    int lines = 0;
    for (char *at = input; (at = memchr(at, '\n', input + bytes - at)) != NULL; at++) {
      check(server, PQsendQueryPrepared(server, "one", 0, NULL, NULL, NULL, 1));
      memcpy(output + lines++ * REPLY_BYTES, reply, REPLY_BYTES);
      if ((lines + 1) * REPLY_BYTES > (int)sizeof output) return 1;
    }
    if (lines == 0) continue;
    check(server, PQpipelineSync(server));
    for (int line = 0; line < lines; line++) take(server, PGRES_TUPLES_OK);
    take(server, PGRES_PIPELINE_SYNC);
    char *at = output, *end = output + lines * REPLY_BYTES;
    while (at < end) {
      ssize_t written = write(1, at, end - at);
      if (written <= 0) return 1;
      at += written;
    }
  }
  PQfinish(server);
  return 0;
}

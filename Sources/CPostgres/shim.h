#include <libpq-fe.h>

// Character literals in macros are not imported into Swift.
enum {
  roster_field_sqlstate = PG_DIAG_SQLSTATE,
  roster_field_message = PG_DIAG_MESSAGE_PRIMARY,
  roster_field_severity = PG_DIAG_SEVERITY_NONLOCALIZED,
  roster_field_constraint = PG_DIAG_CONSTRAINT_NAME,
};

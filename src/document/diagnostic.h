/* What was found wrong with a file, and what every reader of files is given. */
#ifndef DOCUMENT_DIAGNOSTIC_H
#define DOCUMENT_DIAGNOSTIC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

/* One finding. `file` is always set; line and column count from 1 (columns in characters, a tab is
 * one), 0 where the file as a whole is meant. `line_text` is the source line (variables as
 * %(NAME)); the caret goes under columns [column, column + len). Texts hold no value out of the
 * environment; they may hold control characters, which diagnostic_print escapes. */
struct diagnostic {
    enum severity severity;
    struct str file;
    size_t line;
    size_t column;
    size_t len;
    struct str message;
    struct str hint; /* "did you mean 'events'?"; may be empty */
    struct str line_text;
};

/* All zero: nothing found yet. The counts go beyond what is kept (LIMIT_DIAGNOSTICS a file). */
struct findings {
    VEC(struct diagnostic) items; /* by file, then by line and column */
    size_t error_count;
    size_t warning_count;
};

/* Looks a variable up; false: not set. NULL in its place means getenv. */
typedef bool environment_lookup(void *context, struct str name, struct str *value);

struct load_options {
    environment_lookup *lookup;
    void *lookup_context;
};

/* Adds a diagnostic as a compiler would print it:
 *   clusters/a.yml:12:9: error: unknown key 'evnts'
 *       evnts:
 *       ^~~~~ did you mean 'events'? */
void diagnostic_print(const struct diagnostic *diagnostic, bool colour, struct buf *out);

/* Reads the whole of a regular file of at most LIMIT_DEFINITION_BYTES; what is wrong as a message
 * ("cannot be opened: …"), or NULL. Never waits (a named pipe). */
const char *document_read(struct arena *arena, const char *path, struct buf *out);

#endif

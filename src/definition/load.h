/* YAML files → definitions, with every problem of a file reported at once.
 * Through one schema table (schema.h): what it accepts, the help texts, docs/definitions.md and
 * the JSON Schema cannot drift apart. Parsed with libfyaml. */
#ifndef DEFINITION_LOAD_H
#define DEFINITION_LOAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"
#include "model/definition.h"

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

/* What one file gave. `definition` is NULL where an error stops it. */
struct loaded_file {
    struct str file;
    struct str cluster;
    struct definition *definition;
    size_t error_count;
    size_t warning_count;
};

/* All zero: nothing loaded yet. */
struct loaded {
    VEC(struct loaded_file) files;      /* in order of cluster names within each path loaded */
    VEC(struct diagnostic) diagnostics; /* by file, then by line and column */
    size_t error_count;
    size_t warning_count;
};

/* Looks a variable up; false: not set. NULL in its place means getenv. */
typedef bool environment_lookup(void *context, struct str name, struct str *value);

struct load_options {
    environment_lookup *lookup;
    void *lookup_context;
};

/* Loads one file or every .yml/.yaml of a folder (names that begin with '.' are left out), adding
 * to `*loaded`; all memory is `arena`'s. `options` may be NULL.
 * Problems of single files are diagnostics and leave the result E_OK; an error (E_MISSING: no such
 * path, or a folder without definitions; E_IO; E_LIMIT: too many files) means that nothing could be
 * loaded from `path`. A cluster that two files define is an error of both. */
NODISCARD enum error_code definitions_load(struct arena *arena, const char *path,
                                           const struct load_options *options,
                                           struct loaded *loaded, struct error *err);

/* The same for a text already in memory; `file` names it in diagnostics. For tests, fuzzing. */
void definition_load_text(struct arena *arena, struct str file, struct str text,
                          const struct load_options *options, struct loaded *loaded);

/* Adds a diagnostic as a compiler would print it:
 *   clusters/a.yml:12:9: error: unknown key 'evnts'
 *       evnts:
 *       ^~~~~ did you mean 'events'? */
void diagnostic_print(const struct diagnostic *diagnostic, bool colour, struct buf *out);

#endif

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

/* One finding. `file` is always set; line and column count from 1, 0 where the file as a whole is
 * meant. `line_text` is the source line (variables as %(NAME)); the caret goes under columns
 * [column, column + len). */
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

struct loaded {
    VEC(struct loaded_file) files; /* sorted by cluster name */
    VEC(struct diagnostic) diagnostics;
    size_t error_count;
};

/* Looks a variable up; false: not set. NULL in its place means getenv. */
typedef bool environment_lookup(void *context, struct str name, struct str *value);

struct load_options {
    environment_lookup *lookup;
    void *lookup_context;
};

/* Loads one file or every .yml/.yaml of a folder, adding to `*loaded`; all memory is `arena`'s.
 * Problems of single files are diagnostics and leave the result E_OK; an error (E_MISSING, E_IO,
 * E_LIMIT, E_USAGE for an empty folder) means that nothing could be loaded from `path`. */
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

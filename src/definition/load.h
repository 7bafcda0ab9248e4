/* YAML files → definitions, with every problem of a file reported at once.
 * Through one schema table (schema.h): what it accepts, the help texts, docs/definitions.md and
 * the JSON Schema cannot drift apart. Parsed with libfyaml. */
#ifndef DEFINITION_LOAD_H
#define DEFINITION_LOAD_H

#include "document/diagnostic.h"
#include "model/definition.h"

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

#endif

/* Files of variables as `docker run --env-file` reads them (the access.txt of the Python program):
 * NAME=VALUE a line, the value as it stands (no quotes, no trimming, no expansion); a bare NAME
 * takes its value from this program's environment, if it is there; blank lines and lines that begin
 * with '#' say nothing. The last of a name wins.
 * Source: docker/cli, opts/file.go and its documentation. */
#ifndef LAMBDA_ENV_FILE_H
#define LAMBDA_ENV_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"

struct env_variable {
    struct str name; /* NUL-terminated, both */
    struct str value;
};

struct env_file {
    VEC(struct env_variable) variables; /* in order of first appearance, each name once */
};

/* `file` names the text in errors: E_SYNTAX with file:line, E_LIMIT. No error shows anything of a
 * line: it may be a secret. Everything in `arena`; pure but for bare names (getenv). */
NODISCARD enum error_code env_file_parse(struct arena *arena, struct str file, struct str text,
                                         struct env_file *out, struct error *err);
/* The same from a path; E_MISSING, E_IO, too. */
NODISCARD enum error_code env_file_read(struct arena *arena, const char *path, struct env_file *out,
                                        struct error *err);

/* NULL: not there. */
const struct env_variable *env_file_find(const struct env_file *file, struct str name);

#endif

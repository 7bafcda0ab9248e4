/* Reading small files whole, within a buffer's maximum; writing them whole or not at all. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/attributes.h"
#include "base/buf.h"
#include "base/error.h"

/* Adds the file's content to `out`. E_MISSING where there is no such file, E_LIMIT where it is
 * larger than out->max, E_IO for the rest (a directory, no permission); the message names the
 * path. What was read before a failure stays in `out`. */
NODISCARD enum error_code file_read(const char *path, struct buf *out, struct error *err);

/* Puts a file of that content there, in place of one that was there; whoever reads `path` sees the
 * old or the new one, never a part. E_IO; the old one is then still there. */
NODISCARD enum error_code file_write(const char *path, struct str content, struct error *err);

#endif

/* A zip file, written into memory; the same entries give the same bytes: no times, no owners.
 * An own writer: libarchive's would bring ten more libraries into every start of the program
 * (docs/lambda-package.md has the figures); what compresses is zlib, which is there anyway.
 * Source: APPNOTE.TXT 6.3.10, 4.3 and 4.4; times as 4.4.6 has them. */
#ifndef LAMBDA_ZIP_H
#define LAMBDA_ZIP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/vec.h"

struct zip_entry {
    struct str name; /* of a file, "clusters/a.yml" */
    size_t size;
    size_t packed;
    unsigned mode; /* permissions, 0755 */
    unsigned crc;
    size_t offset;
};

struct zip {
    struct arena *arena;
    struct buf *out;
    VEC(struct zip_entry) entries;
};

#define ZIP_INIT(in_arena, to) ((struct zip){.arena = (in_arena), .out = (to)})

/* Adds a file. E_LIMIT where `out` takes no more. Entries stand in the order they are added. */
NODISCARD enum error_code zip_add(struct zip *zip, struct str name, struct str content,
                                  unsigned mode, struct error *err);

/* Writes the directory, after the last entry. E_LIMIT as above. */
NODISCARD enum error_code zip_finish(struct zip *zip, struct error *err);

#endif

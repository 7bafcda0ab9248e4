/* One JSON document a cluster and pass: definition, snapshot, event verdicts, plan, outcomes, API
 * calls; written on one line, appended to a file, read back for `replay`. Never holds a value out
 * of the environment that is a secret. Format: docs/record.md; RECORD_VERSION changes with it. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "cloud/cloud.h"
#include "model/definition.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "model/snapshot.h"

enum { RECORD_VERSION = 1 };

struct record {
    const struct definition *definition;
    const struct snapshot *snapshot;
    const struct plan *plan;
    const struct outcome *outcomes; /* parallel to the plan's actions; NULL: a dry run */
    const struct call_log *calls;   /* may be NULL; those of this cluster and the shared ones are
                                       kept */
};

/* One line without its line feed. */
void record_write(const struct record *record, struct buf *out);

/* A record as it was read: a definition and snapshot to decide from, and the plan's exact text. */
struct record_read {
    struct definition *definition;
    struct snapshot *snapshot;
    struct str plan_text; /* bytes of the recorded "plan" member */
};

/* Everything in *out lives in `arena`. E_SYNTAX, E_TYPE, E_RANGE (with the path of the member that
 * is wrong), E_EXPRESSION, or E_LIMIT; an unknown version is E_TYPE. */
NODISCARD enum error_code record_parse(struct arena *arena, struct str line,
                                       struct record_read *out, struct error *err);

/* The parts, as they stand in the document; also what `run --json` and `replay --json` print.
 * Outcomes that are NULL (a dry run) are written as null. */
void definition_write(const struct definition *definition, struct json_writer *w);
void snapshot_write(const struct definition *definition, const struct snapshot *snapshot,
                    struct json_writer *w);
void plan_write(const struct definition *definition, const struct plan *plan,
                struct json_writer *w);
void outcomes_write(const struct plan *plan, const struct outcome *outcomes, struct json_writer *w);

#endif

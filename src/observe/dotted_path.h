/* A number out of a JSON answer, by a path like "queues.0.messages_ready": names of an object's
 * fields and indexes of a list, with dots between. A field whose own name holds dots is found too:
 * at every object the longest name that is there is tried first, and a shorter one where the rest
 * is not found behind it. Pure; the cost is bounded by LIMIT_PATH_TRIES. */
#ifndef OBSERVE_DOTTED_PATH_H
#define OBSERVE_DOTTED_PATH_H

#include "base/arena.h"
#include "base/json.h"
#include "model/definition.h"
#include "model/snapshot.h"

/* PRESENT: a whole number (VALUE_INT), any other (VALUE_FLOAT), true or false (VALUE_BOOL); a text
 * that reads as a number is that number, white space around it aside. Anything else is MISSING, and
 * the reason (in `arena`) says which step failed and what was there instead. Reasons hold names out
 * of the answer but no values, and of `path` only what may be shown. */
struct metric_facts dotted_path_metric(struct arena *arena, const json_t *root, struct text path);

#endif

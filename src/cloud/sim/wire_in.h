/* Request bodies as one tree, whatever protocol they came in: a JSON object. Values of the Query
 * protocol are all texts in it; lists ("Name.member.1") are arrays. Private to src/cloud/sim. */
#ifndef CLOUD_SIM_WIRE_IN_H
#define CLOUD_SIM_WIRE_IN_H

#include "base/error.h"
#include "base/json.h"

/* A form: "Action=…&Names.member.1=…". Lists without gaps are as they say; gaps are closed up.
 * E_SYNTAX for bad escapes, bytes that are not UTF-8 and a name that is both a value and a
 * structure; E_LIMIT for too many or too deep ones. */
NODISCARD enum error_code wire_read_form(struct str body, json_t **out, struct error *err);

/* CBOR (RFC 8949) as Smithy's RPC uses it: maps with text keys, lists, texts, integers, floats,
 * booleans, null, times (tag 1, a number). Byte strings and other tags are E_TYPE; E_SYNTAX for
 * what is cut off or malformed; E_LIMIT for too many or too deep items. */
NODISCARD enum error_code wire_read_cbor(struct str body, json_t **out, struct error *err);

#endif

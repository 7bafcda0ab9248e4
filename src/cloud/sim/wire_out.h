/* One answer's members, written once and coming out as JSON, as the Query protocol's XML or as
 * CBOR. A key is NULL inside a list. Private to src/cloud/sim. */
#ifndef CLOUD_SIM_WIRE_OUT_H
#define CLOUD_SIM_WIRE_OUT_H

#include "base/buf.h"
#include "base/jsonw.h"

enum wire_format { WIRE_JSON, WIRE_XML, WIRE_CBOR };

enum { WIRE_DEPTH_MAX = 16 };

struct wire_out {
    struct buf *body;
    enum wire_format format;
    int64_t shift_ms; /* added to times */
    struct json_writer json;
    const char *names[WIRE_DEPTH_MAX]; /* XML: the open elements */
    int depth;
};

void wire_out_init(struct wire_out *out, struct buf *body, enum wire_format format);

void wire_object(struct wire_out *out, const char *key);
void wire_object_end(struct wire_out *out);
void wire_list(struct wire_out *out, const char *key);
void wire_list_end(struct wire_out *out);

void wire_str(struct wire_out *out, const char *key, struct str value);
void wire_text(struct wire_out *out, const char *key, const char *value);
void wire_int(struct wire_out *out, const char *key, int64_t value);
void wire_double(struct wire_out *out, const char *key, double value);
void wire_bool(struct wire_out *out, const char *key, bool value);
void wire_time(struct wire_out *out, const char *key, int64_t wall_ms);
/* A list without items. */
void wire_list_empty(struct wire_out *out, const char *key);

/* Character data of XML, escaped; what XML 1.0 cannot hold becomes U+FFFD. */
void wire_escape(struct buf *body, struct str text);

#endif

/* The certificate authorities that TLS trusts: one file of PEM certificates, found at run time,
 * since a program that is linked statically on one distribution runs on another, and in a Lambda
 * function. */
#ifndef HTTP_CA_BUNDLE_H
#define HTTP_CA_BUNDLE_H

#include "base/arena.h"

/* The name of the file a Lambda package brings along, beside the program. */
#define CA_BUNDLE_BESIDE "ca-certificates.crt"

/* The first there is: what AWS_CA_BUNDLE or SSL_CERT_FILE names (not looked at); `own`, libcurl's
 * (may be NULL); where distributions keep it; CA_BUNDLE_BESIDE in LAMBDA_TASK_ROOT, then beside the
 * program. NULL: none. In `arena` or static. */
const char *ca_bundle_find(struct arena *arena, const char *own);

/* Where distributions keep it; NULL: none is there. */
const char *ca_bundle_system(void);

#endif

/* SHA-1, for the names of the SSO token cache's files; nothing here is protected by it. */
#ifndef CLOUD_AWS_SHA1_H
#define CLOUD_AWS_SHA1_H

#include "base/str.h"

enum { SHA1_HEX_SIZE = 41 };

/* In lower-case hexadecimal, NUL-terminated; empty where OpenSSL is set up without it.
 * Source: RFC 3174. */
void sha1_hex(struct str text, char hex[static SHA1_HEX_SIZE]);

#endif
